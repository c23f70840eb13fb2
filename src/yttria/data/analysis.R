# Repeats in R every number of result.json that R has, and prints the largest difference.
# Run in this folder: Rscript analysis.R [TABLE]      (the table of the cohort; its place is kept in the script)
# Packages: survival; cmprsk, mvtnorm, Hmisc where they are there. What is left out for want of one is named.

`%||%` <- function(a, b) if (is.null(a)) b else a
suppressMessages(library(survival))
options(warn = -1)
has <- function(package) requireNamespace(package, quietly = TRUE)
control <- coxph.control(eps = 1e-14, iter.max = 200)
settings <- list(compared = 0L, largest = 0, where = "none", left = character())
leave <- function(what, why) settings$left <<- unique(c(settings$left, paste0(what, " (", why, ")")))

# ---- result.json: tokens of JSON become an R expression
json <- function(path) {
  text <- paste(readLines(path, encoding = "UTF-8", warn = FALSE), collapse = " ")
  tokens <- regmatches(text, gregexpr("\"(\\\\.|[^\"\\\\])*\"|[][{},:]|-?[0-9][0-9.eE+-]*|true|false|null", text, perl = TRUE))[[1]]
  at <- 0L
  value <- function() {
    at <<- at + 1L; token <- tokens[at]
    if (token == "{") {
      names <- character(); parts <- list()
      if (tokens[at + 1L] == "}") { at <<- at + 1L; return(structure(list(), names = character())) }
      repeat {
        at <<- at + 1L; name <- word(tokens[at]); at <<- at + 1L
        parts[[length(parts) + 1L]] <- value(); names <- c(names, name); at <<- at + 1L
        if (tokens[at] == "}") break
      }
      return(structure(parts, names = names))
    }
    if (token == "[") {
      parts <- list()
      if (tokens[at + 1L] == "]") { at <<- at + 1L; return(parts) }
      repeat { parts[[length(parts) + 1L]] <- value(); at <<- at + 1L; if (tokens[at] == "]") break }
      return(parts)
    }
    if (token == "null") return(NA_real_)
    if (token %in% c("true", "false")) return(token == "true")
    if (substr(token, 1, 1) == "\"") return(word(token))
    as.numeric(token)
  }
  word <- function(token) {
    plain <- substr(token, 2, nchar(token) - 1)
    while (length(hit <- regmatches(plain, regexpr("\\\\u[0-9a-fA-F]{4}", plain))))
      plain <- sub(hit, intToUtf8(strtoi(substr(hit, 3, 6), 16)), plain, fixed = TRUE)
    gsub("\\\\(.)", "\\1", plain)
  }
  value()
}
get_at <- function(tree, path) { for (step in path) { if (is.null(tree)) return(NULL); if (!is.list(tree)) return(NULL); tree <- if (is.numeric(step)) { if (step <= length(tree)) tree[[step]] else NULL } else tree[[step, exact = TRUE]] }; tree }
flat_numbers <- function(x) vapply(if (is.list(x)) x else as.list(x), function(v) if (is.numeric(v)) as.numeric(v) else NA_real_, 0)

# compares one number, or one list of numbers, with result.json; null there is left out, for R has its own ways to say nothing
same <- function(path, found) {
  stated <- get_at(result, path)
  if (is.null(stated) || length(found) == 0) return(invisible())
  stated <- flat_numbers(stated); found <- as.numeric(found)
  kept <- result$long_columns$kept # of a very large study result.json holds some rows of each long table, evenly spread
  if (length(kept) && length(stated) == kept && length(found) > kept) found <- found[round(seq(0, length(found) - 1, length.out = kept)) + 1]
  if (length(stated) != length(found)) { settings$compared <<- settings$compared + 1L; worse(Inf, path); return(invisible()) }
  both <- is.finite(stated) & is.finite(found)
  if (!any(both)) return(invisible())
  gap <- abs(stated[both] - found[both]); size <- pmax(abs(stated[both]), abs(found[both]))
  relative <- ifelse(gap <= 1e-12, 0, gap / size)
  settings$compared <<- settings$compared + sum(both)
  worse(max(relative), path)
}
worse <- function(difference, path) if (difference > settings$largest) { settings$largest <<- difference; settings$where <<- paste(path, collapse = " > ") }

# ---- the table as the protocol means it
read <- function(path) {
  first <- readLines(path, n = 1, warn = FALSE); signs <- c(",", ";", "\t")
  separator <- signs[which.max(vapply(signs, function(s) lengths(regmatches(first, gregexpr(s, first, fixed = TRUE))), 0L))]
  d <- read.table(path, header = TRUE, sep = separator, quote = "\"", dec = ".", colClasses = "character", check.names = FALSE, comment.char = "",
    strip.white = TRUE, na.strings = NULL, fileEncoding = "UTF-8-BOM", fill = FALSE)
  d[] <- lapply(d, function(x) { x <- trimws(x); x[x %in% c("", "NA", unlist(P$missing))] <- NA; x })
  d
}
number <- function(x) suppressWarnings(as.numeric(ifelse(grepl("^[-+]?[0-9]*,[0-9]+$", x), sub(",", ".", x, fixed = TRUE), x)))
is_number <- function(x) all(is.na(x) | !is.na(number(x)))
alike <- function(x, value) !is.na(x) & (x == as.character(value) | (!is.na(number(x)) & !is.na(number(as.character(value))) & number(x) == number(as.character(value))))
among <- function(x, values) Reduce(`|`, lapply(values, function(v) alike(x, v)), rep(FALSE, length(x)))
column <- function(d, name) {
  if (!is.null(P$cuts[[name]])) { v <- number(d[[P$cuts[[name]]$column]]); return(as.numeric(v >= P$cuts[[name]]$at)) }
  x <- d[[name]]
  if (!is.null(P$levels[[name]])) {
    wanted <- P$levels[[name]]
    label <- vapply(wanted, function(v) { hit <- unique(x[alike(x, v)]); if (length(hit)) hit[1] else NA_character_ }, "")
    return(factor(x, levels = label[!is.na(label)]))
  }
  if (is_number(x) && any(!is.na(x))) number(x) else factor(x, levels = sort(unique(x[!is.na(x)]), method = "radix"))
}
group <- function(d, name) {  # a factor's levels as result.json names them
  x <- column(d, name)
  if (is.factor(x)) return(droplevels(x))
  if (!is.null(P$cuts[[name]])) return(factor(x, levels = sort(unique(x[!is.na(x)])), labels = as.character(sort(unique(x[!is.na(x)])))))
  text <- d[[name]]; values <- sort(unique(x[!is.na(x)]))
  factor(x, levels = values, labels = vapply(values, function(v) text[which(x == v)[1]], ""))
}
scaled <- function(d, name) { x <- column(d, name); s <- P$scale[[name]]
  if (is.null(s) || is.factor(x)) x else if (identical(s, "log2")) log2(x) else if (identical(s, "log10")) log10(x) else x / s }
yes <- function(x, values) if (is.null(values)) among(x, 1) else among(x, values)

outcome <- function(d, O) {
  list(time = number(d[[O$time]]), event = yes(d[[O$event]], O$event_is), entry = if (is.null(O$entry)) NULL else number(d[[O$entry]]),
    weight = if (is.null(O$weight)) NULL else number(d[[O$weight]]))
}
response <- function(o, rows = TRUE) if (is.null(o$entry)) Surv(o$time[rows], o$event[rows]) else Surv(o$entry[rows], o$time[rows], o$event[rows])
weights_of <- function(o, rows = TRUE) if (is.null(o$weight)) NULL else o$weight[rows]
part <- function(o, rows) lapply(o, function(x) if (is.null(x)) NULL else x[rows])

# ---- curves
curve <- function(path, o) {
  km <- P$km; w <- weights_of(o)
  if (!length(o$time)) return(invisible())
  fit <- survfit(response(o) ~ 1, weights = w, conf.type = km$conf, conf.int = km$level)
  same(c(path, "n"), length(o$time)); same(c(path, "events"), sum(o$event))
  if (is.null(w)) { middle <- quantile(fit, 0.5)
    same(c(path, "median"), middle$quantile); if (km$conf != "none") { same(c(path, "median_low"), middle$lower); same(c(path, "median_high"), middle$upper) } }
  for (k in seq_along(km$at)) {
    s <- summary(fit, times = km$at[[k]], extend = TRUE); at <- c(path, "rates", k)
    same(c(at, "survival"), s$surv); same(c(at, "std_err"), s$std.err); same(c(at, "low"), s$lower); same(c(at, "high"), s$upper)
  }
  keep <- fit$n.event > 0 | fit$n.censor > 0
  same(c(path, "curve", "survival"), fit$surv[keep]); same(c(path, "curve", "time"), fit$time[keep])
  for (k in seq_along(km$quantiles)) same(c(path, "quantiles", k, "time"), quantile(fit, km$quantiles[[k]])$quantile)
  tau <- get_at(result, c(path, "rmst", "tau"))
  if (!is.null(tau) && is.finite(tau)) { t <- summary(fit, rmean = tau)$table; same(c(path, "rmst", "mean"), t[["rmean"]] %||% t[["*rmean"]]); same(c(path, "rmst", "se"), t[["se(rmean)"]] %||% t[["*se(rmean)"]]) }
}

# ---- models
terms_of <- function(d, terms) {  # a design as R codes it, with the names of result.json
  known <- c(names(d), names(P$cuts)); data <- list(); label <- list(); formula <- character()
  for (term in terms) {
    pieces <- if (term %in% known) term else trimws(strsplit(term, ":", fixed = TRUE)[[1]])
    if (!all(pieces %in% known)) return(NULL)
    for (name in pieces) if (is.null(data[[name]])) data[[name]] <- scaled(d, name)
    formula <- c(formula, paste0("v", match(pieces, names(data)), collapse = ":"))
  }
  whole <- Reduce(`&`, lapply(data, function(x) !is.na(x)))
  frame <- list()
  for (k in seq_along(data)) { x <- data[[k]][whole]
    if (is.factor(x)) { x <- droplevels(x); label[[paste0("v", k)]] <- paste0(names(data)[k], "[", levels(x), "]"); levels(x) <- paste0("L", seq_along(levels(x))) } else label[[paste0("v", k)]] <- names(data)[k]
    frame[[paste0("v", k)]] <- x }
  varies <- vapply(frame, function(x) length(unique(x)) > 1 || is.numeric(x), TRUE)
  if (!all(varies)) return(NULL)
  name <- function(coefficient) paste(vapply(strsplit(coefficient, ":", fixed = TRUE)[[1]], function(p) {
    v <- sub("L[0-9]+$", "", p); l <- sub("^v[0-9]+L?", "", p); if (nzchar(l)) label[[v]][as.integer(l)] else label[[v]][1] }, ""), collapse = ":")
  list(rows = whole, frame = as.data.frame(frame), formula = formula, name = name)
}
ratios <- function(path, fit, name, robust = FALSE) {
  if (inherits(fit, "try-error")) return(invisible())
  s <- summary(fit); b <- s$coefficients; finite <- is.finite(coef(fit)) & abs(coef(fit)) < 15
  for (k in seq_along(coef(fit))) if (finite[k]) {
    at <- c(path, "terms", name(names(coef(fit))[k]))
    same(c(at, "coef"), b[k, "coef"]); same(c(at, "se"), b[k, "se(coef)"]); if (robust) same(c(at, "robust_se"), b[k, "robust se"])
    same(c(at, "hr"), s$conf.int[k, "exp(coef)"]); same(c(at, "low"), s$conf.int[k, 3]); same(c(at, "high"), s$conf.int[k, 4])
    same(c(at, "z"), b[k, "z"]); same(c(at, "p"), b[k, ncol(b)])
  }
  if (!all(finite)) return(invisible())
  lr <- 2 * diff(fit$loglik)
  same(c(path, "tests", "lr", "chi2"), lr); same(c(path, "tests", "score", "chi2"), fit$score); same(c(path, "loglik"), fit$loglik[2])
  V <- vcov(fit); same(c(path, "tests", "wald", "chi2"), drop(coef(fit) %*% solve(V) %*% coef(fit)))
  same(c(path, "aic"), -2 * fit$loglik[2] + 2 * length(coef(fit)))
}
model <- function(path, d, o, m) {
  made <- terms_of(d, m$terms)
  if (is.null(made)) return(invisible())
  rows <- made$rows
  for (name in c(unlist(m$strata), m$cluster, m$offset)) rows <- rows & !is.na(column(d, name))
  frame <- made$frame[rows[made$rows], , drop = FALSE]; y <- response(o, rows); w <- weights_of(o, rows)
  extra <- character()
  if (length(m$strata)) { frame$.s <- interaction(lapply(m$strata, function(n) column(d, n)[rows]), drop = TRUE); extra <- c(extra, "strata(.s)") }
  if (!is.null(m$offset)) { frame$.o <- column(d, m$offset)[rows]; extra <- c(extra, "offset(.o)") }
  if (!is.null(m$cluster)) { frame$.c <- as.integer(factor(d[[m$cluster]][rows])); extra <- c(extra, "cluster(.c)") }
  robust <- isTRUE(m$robust) || !is.null(m$cluster)
  fit <- try(coxph(as.formula(paste("y ~", paste(c(made$formula, extra), collapse = " + "))), data = frame, ties = m$ties %||% "efron", weights = w,
    robust = robust, control = control), silent = TRUE)
  same(c(path, "n"), sum(rows)); same(c(path, "events"), sum(o$event[rows]))
  ratios(path, fit, made$name, robust)
  if (!inherits(fit, "try-error") && all(is.finite(coef(fit))) && all(abs(coef(fit)) < 15) && (m$ties %||% "efron") != "exact") {
    same(c(path, "concordance", "c"), concordance(fit)$concordance)
    z <- try(cox.zph(fit, transform = m$zph %||% "km", terms = TRUE), silent = TRUE)
    if (!inherits(z, "try-error")) { same(c(path, "zph", "GLOBAL", "chi2"), z$table["GLOBAL", "chisq"])
      for (k in seq_along(m$terms)) if (length(made$formula) == nrow(z$table) - 1L) same(c(path, "zph", m$terms[[k]], "chi2"), z$table[k, "chisq"]) }
  }
  invisible(fit)
}
sided <- function(d) { x <- d[[P$arms$column]]; list(treated = alike(x, P$arms$treated), control = alike(x, P$arms$control)) }
rank_test <- function(path, y, g, strata = NULL, rho = 0) {
  g <- droplevels(factor(g)); if (nlevels(g) < 2) return(invisible())
  if (attr(y, "type") == "counting") { leave("log-rank tests with late entry", "survdiff has none"); return(invisible()) }
  t <- try(if (is.null(strata)) survdiff(y ~ g, rho = rho) else survdiff(y ~ g + strata(strata), rho = rho), silent = TRUE)
  if (!inherits(t, "try-error")) { same(c(path, "chi2"), t$chisq); same(c(path, "p"), pchisq(t$chisq, nlevels(g) - 1, lower.tail = FALSE)) }
}

whole <- function(path, d, O) {  # every analysis of one outcome
  o <- outcome(d, O); km <- P$km
  same(c(path, "n"), nrow(d)); same(c(path, "events"), sum(o$event))
  curve(c(path, "km", "all", "all"), o)
  strata <- if (length(km$strata)) interaction(lapply(km$strata, function(n) column(d, n)), drop = TRUE)
  for (name in unlist(km$by)) {
    g <- group(d, name)
    for (level in levels(g)) { rows <- which(g == level); curve(c(path, "km", name, level), part(o, rows)) }
    rows <- which(!is.na(g) & (if (is.null(strata)) TRUE else !is.na(strata)))
    rank_test(c(path, "logrank", name), response(o, rows), g[rows], strata[rows], km$rho)
    means <- get_at(result, c(path, "rmst_difference", name))
    if (!is.null(means) && nlevels(g) == 2 && is.finite(means$tau %||% NA) && is.null(o$weight)) {
      m <- sapply(levels(g), function(l) summary(survfit(response(o, which(g == l)) ~ 1), rmean = means$tau)$table[c("rmean", "se(rmean)")])
      same(c(path, "rmst_difference", name, "difference"), m[1, 2] - m[1, 1]); same(c(path, "rmst_difference", name, "se"), sqrt(sum(m[2, ]^2)))
    }
  }
  if (!is.null(P$arms)) {
    s <- sided(d); rows <- which((s$treated | s$control) & (if (is.null(strata)) TRUE else !is.na(strata)))
    if (any(s$treated[rows]) && any(s$control[rows])) {
      x <- as.numeric(s$treated[rows]); y <- response(o, rows); S <- strata[rows]
      fit <- try(if (is.null(strata)) coxph(y ~ x, weights = weights_of(o, rows), control = control) else coxph(y ~ x + strata(S), weights = weights_of(o, rows), control = control), silent = TRUE)
      at <- c(path, "comparison")
      if (!inherits(fit, "try-error") && is.finite(coef(fit)) && abs(coef(fit)) < 15) { c1 <- summary(fit)$conf.int
        same(c(at, "effect", "hr"), c1[1]); same(c(at, "effect", "low"), c1[3]); same(c(at, "effect", "high"), c1[4]) }
      rank_test(c(at, "logrank"), y, x, S, km$rho)
    }
  }
  for (term in unlist(P$univariable)) model(c(path, "univariable", term), d, o, list(terms = term))
  for (name in names(P$models)) model(c(path, "models", name), d, o, P$models[[name]])
  for (name in unlist(P$subgroups)) subgroup(c(path, "subgroups", name), d, o, name)
  for (name in names(P$responses)) endpoint(c(path, "responses", name), d, P$responses[[name]])
  for (name in names(P$splines)) spline(c(path, "splines", name), d, o, P$splines[[name]])
  for (name in names(P$weights)) balanced(c(path, "weights", name), d, o, P$weights[[name]])
  for (name in unlist(P$weighted_tests)) weighted(c(path, "weighted_tests", name), d, o, name)
  for (name in unlist(P$pairwise)) pairs_of(c(path, "pairwise", name), d, o, name)
}
subgroup <- function(path, d, o, name) {
  s <- sided(d); g <- group(d, name); both <- s$treated | s$control
  for (level in levels(g)) {
    rows <- which(both & g == level); if (!length(rows)) next
    at <- c(path, "levels", level); x <- as.numeric(s$treated[rows])
    same(c(at, "n"), length(rows)); same(c(at, "events"), sum(o$event[rows]))
    if (length(unique(x)) < 2) next
    fit <- try(coxph(response(o, rows) ~ x, weights = weights_of(o, rows), control = control), silent = TRUE)
    if (!inherits(fit, "try-error") && is.finite(coef(fit)) && abs(coef(fit)) < 15) { k <- summary(fit)$conf.int; same(c(at, "hr"), k[1]); same(c(at, "low"), k[3]); same(c(at, "high"), k[4]) }
  }
  rows <- which(both & !is.na(g)); x <- as.numeric(s$treated[rows]); f <- droplevels(g[rows]); if (nlevels(f) < 2) return(invisible())
  y <- response(o, rows); w <- weights_of(o, rows)
  one <- try(coxph(y ~ x + f, weights = w, control = control), silent = TRUE); two <- try(coxph(y ~ x * f, weights = w, control = control), silent = TRUE)
  if (inherits(two, "try-error") || any(!is.finite(coef(two))) || any(abs(coef(two)) > 15)) return(invisible())
  same(c(path, "interaction", "lr_p"), pchisq(2 * (two$loglik[2] - one$loglik[2]), length(coef(two)) - length(coef(one)), lower.tail = FALSE))
}
wilson <- function(x, n) { z <- qnorm(0.975); p <- x / n; (p + z^2 / (2 * n) + c(-1, 1) * z * sqrt(p * (1 - p) / n + z^2 / (4 * n^2))) / (1 + z^2 / n) }
endpoint <- function(path, d, E) {
  x <- d[[E$column]]; s <- sided(d); hit <- among(x, E$responders); there <- !is.na(x) & x != "NE"; counts <- list()
  rate <- function(at, rows) { n <- sum(rows); r <- sum(hit & rows); if (!n) return(NULL); w <- wilson(r, n)
    same(c(at, "n"), n); same(c(at, "evaluable"), sum(there & rows)); same(c(at, "responders"), r); same(c(at, "fraction"), r / n); same(c(at, "low"), w[1]); same(c(at, "high"), w[2]); c(r, n) }
  rate(path, rep(TRUE, nrow(d)))
  a <- rate(c(path, "arms", as.character(P$arms$treated)), s$treated); b <- rate(c(path, "arms", as.character(P$arms$control)), s$control)
  if (is.null(a) || is.null(b)) return(invisible())
  t <- matrix(c(a[1], a[2] - a[1], b[1], b[2] - b[1]), 2); at <- c(path, "comparison")
  d1 <- a[1] / a[2] - b[1] / b[2]; u <- wilson(a[1], a[2]); v <- wilson(b[1], b[2]); p1 <- a[1] / a[2]; p2 <- b[1] / b[2]
  same(c(at, "risk_difference"), d1)
  same(c(at, "low"), d1 - sqrt((p1 - u[1])^2 + (v[2] - p2)^2)); same(c(at, "high"), d1 + sqrt((u[2] - p1)^2 + (p2 - v[1])^2))
  same(c(at, "p_fisher"), fisher.test(t)$p.value); same(c(at, "p_chi2"), chisq.test(t, correct = FALSE)$p.value)
}
spline <- function(path, d, o, S) {
  if (!has("Hmisc")) return(leave("splines", "package Hmisc"))
  x <- column(d, S$column); made <- if (length(S$adjust)) { old <- P$scale; P$scale <<- list(); m <- terms_of(d, S$adjust); P$scale <<- old; m }
  rows <- which(!is.na(x) & (if (is.null(made)) TRUE else made$rows))
  knots <- if (is.null(S$at)) attr(Hmisc::rcspline.eval(x[!is.na(x)], nk = S$knots), "knots") else unlist(S$at)
  B <- Hmisc::rcspline.eval(x[rows], knots = knots, inclx = TRUE); m <- ncol(B); f <- as.data.frame(B); names(f) <- paste0("b", seq_len(m))
  if (!is.null(made)) f <- cbind(f, made$frame[which(made$rows) %in% rows, , drop = FALSE])
  y <- response(o, rows)
  fit <- try(coxph(as.formula(paste("y ~", paste(c(paste0("b", seq_len(m)), made$formula), collapse = " + "))), data = f, weights = weights_of(o, rows), control = control), silent = TRUE)
  if (inherits(fit, "try-error") || any(!is.finite(coef(fit)))) return(invisible())
  b <- coef(fit)[1:m]; V <- vcov(fit)[1:m, 1:m]
  same(c(path, "n"), length(rows)); same(c(path, "knots"), knots)
  same(c(path, "tests", "overall", "chi2"), drop(b %*% solve(V) %*% b)); same(c(path, "tests", "nonlinear", "chi2"), drop(b[-1] %*% solve(V[-1, -1]) %*% b[-1]))
  at <- flat_numbers(get_at(result, c(path, "x"))); reference <- if (is.null(S$reference)) median(x[rows]) else S$reference
  away <- sweep(Hmisc::rcspline.eval(at, knots = knots, inclx = TRUE), 2, Hmisc::rcspline.eval(reference, knots = knots, inclx = TRUE))
  log_ratio <- drop(away %*% b); se <- sqrt(pmax(diag(away %*% V %*% t(away)), 0))
  same(c(path, "hr"), exp(log_ratio)); same(c(path, "low"), exp(log_ratio - qnorm(0.975) * se)); same(c(path, "high"), exp(log_ratio + qnorm(0.975) * se))
}
balanced <- function(path, d, o, W) {
  s <- sided(d); x <- lapply(W$covariates, function(n) column(d, n)); names(x) <- paste0("v", seq_along(x))
  rows <- which((s$treated | s$control) & Reduce(`&`, lapply(x, function(v) !is.na(v)))); f <- as.data.frame(lapply(x, function(v) { v <- v[rows]; if (is.factor(v)) droplevels(v) else v }))
  z <- as.numeric(s$treated[rows])
  g <- try(glm(as.formula(paste("z ~", paste(names(f), collapse = " + "))), data = f, family = binomial, control = list(epsilon = 1e-14, maxit = 100)), silent = TRUE)
  if (inherits(g, "try-error") || !is.list(get_at(result, path))) return(invisible())
  e <- fitted(g)
  w <- switch(W$estimand, ATE = ifelse(z == 1, 1 / e, 1 / (1 - e)), ATT = ifelse(z == 1, 1, e / (1 - e)), ATO = ifelse(z == 1, 1 - e, e))
  if (W$estimand == "ATE" && isTRUE(W$stabilised)) w <- w * ifelse(z == 1, mean(z), 1 - mean(z))
  full <- if (is.null(o$weight)) w else w * o$weight[rows]
  fit <- coxph(response(o, rows) ~ z, weights = full, robust = TRUE, control = control); term <- paste0(P$arms$column, "[", P$arms$treated, "]")
  b <- summary(fit)$coefficients; at <- c(path, "model", "terms", term)
  same(c(at, "coef"), b[1, "coef"]); same(c(at, "robust_se"), b[1, "robust se"]); same(c(at, "p"), b[1, ncol(b)])
  same(c(path, "n"), length(rows)); same(c(path, "max_weight"), max(w))
  same(c(path, "ess", as.character(P$arms$treated)), sum(w[z == 1])^2 / sum(w[z == 1]^2)); same(c(path, "ess", as.character(P$arms$control)), sum(w[z == 0])^2 / sum(w[z == 0]^2))
  smd <- function(v, name) { s2 <- function(q) if (all(v %in% 0:1)) mean(q) * (1 - mean(q)) else var(q); sp <- sqrt((s2(v[z == 1]) + s2(v[z == 0])) / 2)
    same(c(path, "balance", name, "before"), (mean(v[z == 1]) - mean(v[z == 0])) / sp)
    same(c(path, "balance", name, "after"), (weighted.mean(v[z == 1], w[z == 1]) - weighted.mean(v[z == 0], w[z == 0])) / sp) }
  for (k in seq_along(x)) { v <- x[[k]][rows]; name <- W$covariates[[k]]
    if (is.factor(v)) for (l in levels(v)) smd(as.numeric(v == l), paste0(name, "[", l, "]")) else smd(v, name) }
}
weighted <- function(path, d, o, name) {
  if (!is.list(get_at(result, path))) return(invisible())
  if (!is.null(P$arms) && name == P$arms$column) { s <- sided(d); rows <- which(s$treated | s$control); one <- s$treated[rows] } else { g <- group(d, name); rows <- which(!is.na(g)); one <- g[rows] == levels(g)[2] }
  time <- o$time[rows]; event <- o$event[rows]; entry <- if (is.null(o$entry)) rep(-Inf, length(rows)) else o$entry[rows]
  times <- sort(unique(time[event])); n <- sapply(times, function(u) sum(time >= u & entry < u)); dd <- sapply(times, function(u) sum(time == u & event))
  n1 <- sapply(times, function(u) sum(time >= u & entry < u & one)); d1 <- sapply(times, function(u) sum(time == u & event & one))
  S <- c(1, cumprod(1 - dd / n))[seq_along(times)]; v <- dd * ifelse(n > 1, (n - dd) / (n - 1), 1) * n1 * (n - n1) / n^2
  W <- rbind(1, 1 - S, S, S * (1 - S)); U <- drop(W %*% (d1 - dd * n1 / n)); C <- W %*% (v * t(W)); z <- U / sqrt(diag(C))
  for (k in 1:4) { same(c(path, "tests", k, "z"), z[k]); same(c(path, "tests", k, "p"), 2 * pnorm(-abs(z[k]))) }
  leave("MaxCombo's P", "pmvnorm integrates by simulation to 1e-4; z and P of its four tests are repeated")
}
pairs_of <- function(path, d, o, name) {
  g <- group(d, name); pairs <- combn(levels(g), 2, simplify = FALSE); p <- numeric()
  for (k in seq_along(pairs)) {
    rows <- which(g %in% pairs[[k]]); x <- as.numeric(g[rows] == pairs[[k]][2]); y <- response(o, rows)
    fit <- try(coxph(y ~ x, weights = weights_of(o, rows), control = control), silent = TRUE); at <- c(path, k)
    if (!inherits(fit, "try-error") && is.finite(coef(fit)) && abs(coef(fit)) < 15) { s <- summary(fit)$conf.int; same(c(at, "hr"), s[1]); same(c(at, "low"), s[3]); same(c(at, "high"), s[4]) }
    t <- if (is.null(o$entry)) survdiff(y ~ x) else list(chisq = NA); p[k] <- pchisq(t$chisq, 1, lower.tail = FALSE); same(c(at, "p"), p[k])
  }
  if (all(is.finite(p))) { h <- p.adjust(p, "holm"); for (k in seq_along(h)) same(c(path, k, "p_holm"), h[k]) }
}
causes <- function(d, O, cause) {
  if (!has("cmprsk")) return(leave("competing risks", "package cmprsk"))
  o <- outcome(d, O); if (!is.null(o$entry) || !is.null(o$weight)) return(leave("competing risks with late entry or weights", "cmprsk has none"))
  names <- unique(unlist(cause$causes)); x <- d[[cause$column]]; code <- rep(0, nrow(d))
  for (value in names(cause$causes)) code[alike(x, value) & o$event] <- match(cause$causes[[value]], names)
  one <- function(at, rows) for (k in seq_along(names)) {
    if (!any(code[rows] == k)) next
    fit <- cmprsk::cuminc(o$time[rows], code[rows], cencode = 0); e <- fit[[paste("1", k)]]; times <- flat_numbers(get_at(result, c(at, names[k], "time")))
    if (length(times)) same(c(at, names[k], "estimate"), drop(cmprsk::timepoints(fit, times)$est[paste("1", k), ]))
  }
  one(c("cif", "all", "all"), seq_len(nrow(d)))
  for (name in unlist(P$km$by)) { g <- group(d, name)
    rows <- which(!is.na(g)); if (nlevels(g) > 1) { t <- cmprsk::cuminc(o$time[rows], code[rows], group = g[rows], cencode = 0)$Tests
      for (k in seq_along(names)) if (as.character(k) %in% rownames(t)) { same(c("gray", name, names[k], "chi2"), t[as.character(k), "stat"]); same(c("gray", name, names[k], "p"), t[as.character(k), "pv"]) } } }
}
matched <- function(path, d, o, M) {
  rows <- which((if (is.null(P$arms)) rep(TRUE, nrow(d)) else sided(d)$treated) & Reduce(`&`, lapply(names(M$means), function(n) !is.na(column(d, n)))))
  X <- sapply(names(M$means), function(n) column(d, n)[rows] - M$means[[n]])
  for (n in names(M$sd)) X <- cbind(X, column(d, n)[rows]^2 - (M$means[[n]]^2 + M$sd[[n]]^2))
  X <- sweep(X, 2, apply(X, 2, function(v) sqrt(mean((v - mean(v))^2))), "/"); a <- rep(0, ncol(X)); f <- function(a) log(sum(exp(X %*% a)))
  for (i in 1:200) { w <- drop(exp(X %*% a)); w <- w / sum(w); g <- drop(w %*% X); if (max(abs(g)) < 1e-13) break
    step <- solve(t(X) %*% (X * w) - outer(g, g), g); size <- 1; while (f(a - size * step) > f(a) && size > 1e-10) size <- size / 2; a <- a - size * step }
  w <- drop(exp(X %*% a)); w <- w / mean(w); same(c(path, "ess"), sum(w)^2 / sum(w^2)); same(c(path, "weight_range"), range(w))
  out <- read.csv(M$patients); time <- c(o$time[rows], out$time); event <- c(o$event[rows], out$event == 1); ours <- rep(c(1, 0), c(length(rows), nrow(out)))
  fit <- coxph(Surv(time, event) ~ ours, weights = c(w, rep(1, nrow(out))), robust = TRUE, control = control); b <- summary(fit)$coefficients; at <- c(path, "model", "terms", "ours")
  same(c(path, "n"), length(ours)); same(c(at, "coef"), b[1, "coef"]); same(c(at, "robust_se"), b[1, "robust se"]); same(c(at, "p"), b[1, ncol(b)])
  for (n in names(M$means)) { v <- column(d, n)[rows]; same(c(path, "balance", n, "before"), mean(v)); same(c(path, "balance", n, "after"), weighted.mean(v, w)) }
}
safety <- function(d) {
  A <- P$adverse_events; e <- read.csv(A$table, colClasses = "character"); names(e) <- trimws(names(e))
  arm <- if (is.null(P$arms)) rep("all", nrow(d)) else { s <- sided(d); ifelse(s$treated, as.character(P$arms$treated), ifelse(s$control, as.character(P$arms$control), NA)) }
  who <- setNames(arm, d[[A$id]]); e$arm <- who[e$patient]; e <- e[!is.na(e$arm), ]; e$grade <- as.integer(e$grade)
  arms <- if (is.null(P$arms)) "all" else as.character(c(P$arms$treated, P$arms$control)); size <- sapply(arms, function(a) sum(who == a, na.rm = TRUE))
  patients <- function(rows) length(unique(e$patient[rows]))
  for (a in arms) { own <- e$arm == a; at <- c("adverse_events", "any", a); same(c("adverse_events", "n", a), size[[a]])
    same(c(at, "patients"), patients(own)); same(c(at, "grade3"), patients(own & e$grade >= 3)); same(c(at, "serious"), patients(own & e$serious == "1")); same(c(at, "fatal"), patients(own & e$grade == 5)) }
  stated <- get_at(result, c("adverse_events", "terms"))
  for (k in seq_along(stated)) { own <- e$term == stated[[k]]$term; severe <- sapply(arms, function(a) patients(own & e$arm == a & e$grade >= 3))
    for (a in arms) { at <- c("adverse_events", "terms", k, "arms", a); same(c(at, "patients"), patients(own & e$arm == a)); same(c(at, "grade3"), severe[[a]]) }
    if (length(arms) == 2 && all(size > 0)) same(c("adverse_events", "terms", k, "p_fisher_grade3"), fisher.test(rbind(severe, size - severe))$p.value) }
}
doses <- function(d) for (name in names(P$dose_response)) {
  D <- P$dose_response[[name]]; x <- number(d[[D$dose]]); y <- d[[D$response]]; rows <- !is.na(x) & !is.na(y); hit <- yes(y[rows], D$response_is); x <- x[rows]
  same(c("dose_response", name, "n"), sum(rows)); same(c("dose_response", name, "responses"), sum(hit))
  if (!is.list(get_at(result, c("dose_response", name, "fit")))) next
  g <- if (D$scale == "log") log(x) else x; fit <- glm(hit ~ g, family = binomial(D$link), control = list(epsilon = 1e-14, maxit = 100)); at <- c("dose_response", name, "fit")
  same(c(at, "coef", "intercept"), coef(fit)[1]); same(c(at, "coef", "slope"), coef(fit)[2]); same(c(at, "deviance"), fit$deviance); same(c(at, "null_deviance"), fit$null.deviance)
  for (k in seq_along(D$shares)) { q <- (if (D$link == "logit") qlogis else qnorm)(D$shares[[k]]); v <- (q - coef(fit)[1]) / coef(fit)[2]; same(c(at, "needed", k, "dose"), if (D$scale == "log") exp(v) else v) }
}
table_one <- function(d) {
  x <- column(d, P$arms$column); arm <- group(d, P$arms$column)
  for (name in names(get_at(result, "baseline") %||% list())) {
    stated <- get_at(result, c("baseline", name)); v <- column(d, name); at <- c("baseline", name); same(c(at, "missing"), sum(is.na(v)))
    if (!is.null(stated$number) && is.numeric(v)) {
      sum_of <- function(to, q) { q <- q[!is.na(q)]; if (length(q) > 1) { same(c(to, "mean"), mean(q)); same(c(to, "sd"), sd(q)); same(c(to, "median"), median(q)); same(c(to, "q1"), quantile(q, 0.25)); same(c(to, "q3"), quantile(q, 0.75)) } }
      sum_of(c(at, "number", "all"), v); for (l in levels(arm)) sum_of(c(at, "number", "by", l), v[which(arm == l)])
      if (nlevels(arm) == 2) for (k in seq_along(stated$number$tests)) { q <- split(v, arm); t <- stated$number$tests[[k]]$name
        p <- try(if (t == "Welch t") t.test(q[[1]], q[[2]])$p.value else if (t == "Wilcoxon") wilcox.test(q[[1]], q[[2]], exact = FALSE)$p.value, silent = TRUE); if (is.numeric(p)) same(c(at, "number", "tests", k, "p"), p) }
    }
    for (k in seq_along(stated$tests)) { t <- table(group(d, name), arm); t <- t[rowSums(t) > 0, colSums(t) > 0, drop = FALSE]
      p <- if (stated$tests[[k]]$name == "chi-squared") chisq.test(t, correct = FALSE)$p.value else if (all(dim(t) == 2)) fisher.test(t)$p.value; if (is.numeric(p)) same(c(at, "tests", k, "p"), p) }
  }
}
flow <- function(d) { left <- rep(TRUE, nrow(d))
  for (k in seq_along(P$flow)) { holds <- Reduce(`&`, lapply(names(P$flow[[k]]$where), function(n) among(d[[n]], P$flow[[k]]$where[[n]]))); left <- left & holds; same(c("consort", k, "n"), sum(left)) }
  left }

# ---- everything that the protocol asks
given <- commandArgs(trailingOnly = TRUE)
table_path <- if (length(given)) given[1] else P$table
if (!file.exists(table_path)) stop("no table at ", table_path, ": give its place as the one argument")
result <- json("result.json")$result
d <- read(table_path)
if (length(P$flow)) { left <- flow(d); needed <- c(P$outcome$time, P$outcome$event, P$arms$column); d <- d[left | Reduce(`&`, lapply(needed, function(n) !is.na(d[[n]]))), , drop = FALSE] }
whole(character(), d, P$outcome)
if (!is.null(P$competing)) causes(d, P$outcome, P$competing)
for (name in names(P$populations)) { rows <- Reduce(`&`, lapply(names(P$populations[[name]]), function(n) if (is.null(P$cuts[[n]])) among(d[[n]], P$populations[[name]][[n]]) else column(d, n) %in% as.numeric(unlist(P$populations[[name]][[n]])))); whole(c("populations", name), d[which(rows), , drop = FALSE], P$outcome) }
if (!is.null(P$censor_at)) { at <- number(d[[P$censor_at]]); cut <- !is.na(at) & at <= number(d[[P$outcome$time]]); e <- d
  e[[P$outcome$event]] <- ifelse(yes(d[[P$outcome$event]], P$outcome$event_is) & !cut, as.character((P$outcome$event_is %||% list(1))[[1]]), "not an event"); e[[P$outcome$time]] <- ifelse(cut, at, number(d[[P$outcome$time]]))
  O <- P$outcome; O$event_is <- P$outcome$event_is %||% list(1); e[[P$outcome$time]] <- format(as.numeric(e[[P$outcome$time]]), digits = 17); whole("censored", e, O) }
for (name in names(P$outcomes)) { O <- P$outcomes[[name]]; whole(c("outcomes", name), d[!(is.na(d[[O$time]]) & is.na(d[[O$event]])), , drop = FALSE], O) }
if (length(P$dose_response)) doses(d)
if (!is.null(P$arms)) table_one(d)
for (name in names(P$matched)) matched(c("matched", name), d, outcome(d, P$outcome), P$matched[[name]])
if (!is.null(P$adverse_events)) safety(d)
if (isTRUE(P$imputed)) leave("imputed models", "drawn with other random numbers; mice pools in the same way")
for (what in c(if (length(P$time_varying)) "later events by intervals", if (length(P$landmark)) "landmarks", if (!is.null(P$selection)) "the stepwise choice", if (!is.null(P$competing)) "Fine-Gray models")) leave(what, "not repeated by this script")
for (what in settings$left) cat("left out:", what, "\n")
if (settings$largest > 0) cat("largest at", settings$where, "\n")
cat(sprintf("largest difference %.3g in %d numbers\n", settings$largest, settings$compared))
