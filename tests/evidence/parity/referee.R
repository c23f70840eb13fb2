# The contract of `yttria analyse`, told by R alone: differential.py writes a script of cases that sources this file.
# For each protocol and table: what R survival (and cmprsk) says, under the same keys, as JSON. (Debian: r-base-core r-cran-survival r-cran-mass r-cran-cmprsk)
suppressMessages({library(survival); library(MASS); library(cmprsk)})
invisible(Sys.setlocale("LC_COLLATE", "C"))
control <- suppressWarnings(coxph.control(eps = 1e-14, iter.max = 60))

number <- function(v) ifelse(is.finite(v), formatC(v, digits = 16, format = "g", width = 1), "null")
quoted <- function(s) paste0("\"", gsub("\"", "\\\"", gsub("\\", "\\\\", enc2utf8(s), fixed = TRUE), fixed = TRUE), "\"")
json <- function(x) {
  if (is.null(x)) return("null")
  if (inherits(x, "AsIs")) return(if (!length(x)) "[]" else paste0("[", paste(if (is.character(x)) quoted(x) else number(as.numeric(x)), collapse = ", "), "]"))
  if (is.list(x)) {
    if (!length(x)) return("{}")
    return(paste0("{", paste0(quoted(names(x)), ": ", vapply(x, json, ""), collapse = ", "), "}"))
  }
  if (is.character(x)) return(quoted(x))
  number(as.numeric(x)[1])
}

same <- function(cell, value) { a <- suppressWarnings(c(as.numeric(cell), as.numeric(value))); if (!anyNA(a)) a[1] == a[2] else identical(cell, as.character(value)) }
column <- function(text, missing = character()) {
  text[text %in% c("", "NA", missing)] <- NA
  num <- suppressWarnings(as.numeric(text))
  is_num <- all(is.finite(num[!is.na(text)]))
  if (is_num) for (v in unique(num[!is.na(num)])) text[!is.na(num) & num == v] <- text[!is.na(num) & num == v][1]
  list(text = text, num = if (is_num) num, levels = sort(unique(text[!is.na(text)]), method = "radix"))
}
with_levels <- function(col, wanted) { col$levels <- vapply(wanted, function(v) Filter(function(l) same(l, v), col$levels)[1], ""); col["num"] <- list(NULL); col }
matching <- function(col, values) !is.na(col$text) & vapply(col$text, function(t) !is.na(t) && any(vapply(values, function(v) same(t, v), NA)), NA)
numeric_of <- function(col) { if (!is.null(col$num)) col$num else suppressWarnings(as.numeric(col$text)) }
keep <- function(C, rows) { C$cols <- lapply(C$cols, function(k) { k$text <- k$text[rows]; if (!is.null(k$num)) k$num <- k$num[rows]; k$levels <- k$levels[k$levels %in% k$text]; k })
  for (f in c("time", "event", "entry", "weight", "cause", "continued")) if (!is.null(C[[f]])) C[[f]] <- C[[f]][rows]; C }

enrol <- function(P, T) {
  cols <- lapply(T, column, missing = unlist(P$outcome$missing))
  C <- list(); o <- P$outcome
  C$time <- numeric_of(cols[[o$time]])
  C$event <- if (is.list(o$event)) matching(cols[[o$event$column]], o$event$is) else numeric_of(cols[[o$event]]) == 1
  if (!is.null(o$entry)) C$entry <- numeric_of(cols[[o$entry]])
  if (!is.null(o$weight)) C$weight <- numeric_of(cols[[o$weight]])
  C <- merged(C)
  for (n in names(P$levels)) cols[[n]] <- with_levels(cols[[n]], P$levels[[n]])
  for (n in names(P$cuts)) { v <- as.numeric(numeric_of(cols[[P$cuts[[n]]$column]]) >= P$cuts[[n]]$at); cols[[n]] <- column(ifelse(is.na(v), NA, as.character(v))); cols[[n]]$num <- v }
  C$cols <- cols
  if (!is.null(P$competing)) {
    C$causes <- unique(unlist(P$competing$causes)); text <- cols[[P$competing$column]]$text; C$cause <- rep(0L, length(text))
    for (v in names(P$competing$causes)) { hit <- !is.na(text) & vapply(text, function(t) !is.na(t) && same(t, v), NA); C$cause[hit] <- match(P$competing$causes[[v]], C$causes) }
    C$cause[!C$event] <- 0L
  }
  C
}
surv <- function(C) if (is.null(C$entry)) Surv(C$time, C$event) else Surv(C$entry, C$time, C$event)

# ---- curves
curve_fit <- function(C, P) {
  km <- P$km; level <- if (is.null(km$level)) 0.95 else km$level; conf <- if (is.null(km$conf)) "log" else km$conf
  y <- surv(C)
  if (is.null(C$weight)) survfit(y ~ 1, conf.type = conf, conf.int = level)
  else survfit(y ~ 1, weights = C$weight, conf.type = conf, conf.int = level, robust = any(C$weight != floor(C$weight)), id = seq_along(C$time))
}
quantiles <- function(f) { q <- quantile(f, 0.5); if (is.list(q)) c(q$quantile, q$lower, q$upper) else c(q, NA, NA) }
curve <- function(C, P, tau = NULL) {
  f <- curve_fit(C, P); ok <- f$n.risk > 0 | TRUE
  q <- quantiles(f); none <- is.null(f$lower)
  std <- f$std.err * (if (isTRUE(f$logse)) f$surv else 1); gone <- f$surv <= 0
  low <- if (none) rep(NA, length(f$time)) else f$lower; high <- if (none) rep(NA, length(f$time)) else f$upper
  std[gone] <- NA; low[gone] <- NA; high[gone] <- NA
  rates <- lapply(unlist(P$km$at), function(t) {
    w <- if (is.null(C$weight)) rep(1, length(C$time)) else C$weight; e <- if (is.null(C$entry)) rep(-1, length(C$time)) else C$entry
    r <- summary(f, times = t, extend = TRUE); dead <- r$surv <= 0; or <- function(v) if (is.null(v) || dead) NA else v
    list(time = t, at_risk = sum(w[e < t & C$time >= t]), survival = r$surv, std_err = or(r$std.err), low = or(r$lower), high = or(r$upper))
  })
  end <- if (is.null(tau)) max(f$time) else tau
  on <- if (is.null(C$continued)) 0 else vapply(f$time, function(t) sum((if (is.null(C$weight)) rep(1, length(C$time)) else C$weight)[C$continued & C$time == t]), 0)
  m <- tryCatch(suppressWarnings(survival:::survmean(survfit0(f), rmean = end)$matrix[c("rmean", "se(rmean)")]), error = function(e) NULL)
  list(n = length(C$time), events = sum(C$event), median = q[1], median_low = q[2], median_high = q[3],
       rates = setNames(rates, seq_along(rates) - 1),
       curve = list(time = I(f$time), at_risk = I(f$n.risk), events = I(f$n.event), censored = I(f$n.censor - on), survival = I(f$surv), std_err = I(std), low = I(low), high = I(high)),
       quantiles = if (length(P$km$quantiles)) { q <- quantile(f, unlist(P$km$quantiles)); at <- function(v, i) if (is.list(q)) v[[i]] else NA
         setNames(lapply(seq_along(P$km$quantiles), function(i) list(share = P$km$quantiles[[i]], time = if (is.list(q)) q$quantile[[i]] else q[[i]], low = at(q$lower, i), high = at(q$upper, i))), seq_along(P$km$quantiles) - 1) },
       rmst = if (!is.null(m)) list(tau = end, mean = m[[1]], se = m[[2]]))
}
followup <- function(C, P) { R <- C; R$event <- !C$event; q <- quantiles(curve_fit(R, P)); list(median = q[1], low = q[2], high = q[3], min = min(C$time), max = max(C$time)) }
groups <- function(C, factor) { col <- C$cols[[factor]]; lapply(setNames(col$levels, col$levels), function(l) keep(C, which(!is.na(col$text) & col$text == l))) }
curves_by <- function(C, P, factor) { g <- groups(C, factor); tau <- min(vapply(g, function(k) max(k$time), 0)); lapply(g, curve, P, tau) }
test <- function(chi2, df) if (is.finite(chi2) && df > 0) list(chi2 = chi2, df = df, p = pchisq(chi2, df, lower.tail = FALSE)) else list(chi2 = NA, df = NA, p = NA)
logrank <- function(C, P, factor) {
  if (!is.null(C$entry)) return("left out")
  names <- c(factor, unlist(P$km$strata)); ok <- Reduce(`&`, lapply(names, function(n) !is.na(C$cols[[n]]$text)))
  D <- keep(C, which(ok)); g <- D$cols[[factor]]$text
  if (length(unique(g)) < 2) return(test(NA, 0))
  rho <- if (is.null(P$km$rho)) 0 else P$km$rho
  f <- tryCatch(if (length(names) > 1) { s <- interaction(lapply(names[-1], function(n) D$cols[[n]]$text), drop = TRUE); survdiff(surv(D) ~ g + strata(s), rho = rho) } else survdiff(surv(D) ~ g, rho = rho), error = function(e) NULL)
  if (is.null(f)) return(test(NA, 0))
  e <- if (is.matrix(f$exp)) rowSums(f$exp) else f$exp
  test(f$chisq, sum(e > 0) - 1)
}

# ---- models
nothing <- list(coef = NA, se = NA, robust_se = NA, hr = NA, low = NA, high = NA, z = NA, p = NA)
frame_of <- function(C, terms, extra = character()) {
  vars <- unique(unlist(strsplit(terms, ":", fixed = TRUE)))
  ok <- Reduce(`&`, lapply(c(vars, extra), function(n) !is.na(C$cols[[n]]$text)), rep(TRUE, length(C$time)))
  D <- keep(C, which(ok)); d <- data.frame(.t = D$time); kept <- character()
  for (i in seq_along(vars)) { k <- D$cols[[vars[i]]]; d[[paste0("v", i, "_")]] <- if (is.null(k$num)) factor(k$text, k$levels) else k$num }
  one <- vars[vapply(vars, function(v) { k <- D$cols[[v]]; is.null(k$num) && length(k$levels) < 2 }, NA)]
  kept <- terms[!vapply(strsplit(terms, ":", fixed = TRUE), function(p) any(p %in% one), NA)]
  list(C = D, d = d, vars = vars, terms = kept, dropped = sum(!ok))
}
ours_by_r <- function(F, r) {   # our names of R's coefficients
  one <- function(part) { i <- as.integer(sub("^v([0-9]+)_.*", "\\1", part)); level <- sub("^v[0-9]+_", "", part); if (is.null(F$C$cols[[F$vars[i]]]$num)) paste0(F$vars[i], "[", level, "]") else F$vars[i] }
  ordered <- function(p) { i <- as.integer(sub("^v([0-9]+)_.*", "\\1", p)); for (t in strsplit(F$terms, ":", fixed = TRUE)) if (setequal(t, F$vars[i]) && length(t) == length(i)) return(p[match(t, F$vars[i])]); p }   # R puts the parts in the order of the variables
  setNames(vapply(strsplit(r, ":", fixed = TRUE), function(p) paste(vapply(ordered(p), one, ""), collapse = ":"), ""), r)
}
r_terms <- function(F, terms) vapply(strsplit(terms, ":", fixed = TRUE), function(p) paste0("v", match(p, F$vars), "_", collapse = ":"), "")
fit_cox <- function(F, terms, M = list()) {
  C <- F$C; F$d$.y <- surv(C); rhs <- r_terms(F, terms)
  if (length(unlist(M$strata))) { F$d$.s <- interaction(lapply(unlist(M$strata), function(n) C$cols[[n]]$text), drop = TRUE); rhs <- c(rhs, "strata(.s)") }
  if (!is.null(M$offset)) { F$d$.o <- numeric_of(C$cols[[M$offset]]); rhs <- c(rhs, "offset(.o)") }
  ties <- if (is.null(M$ties)) "efron" else M$ties
  args <- list(as.formula(paste(".y ~", paste(rhs, collapse = " + "))), data = F$d, ties = ties, control = control, robust = FALSE, x = TRUE)
  if (!is.null(C$weight)) args$weights <- C$weight
  if (!is.null(M$cluster)) { args$cluster <- C$cols[[M$cluster]]$text; args$robust <- TRUE }
  else if (isTRUE(M$robust)) { args$cluster <- seq_along(C$time); args$robust <- TRUE }
  if (!is.null(M$.cluster)) { args$cluster <- M$.cluster; args$robust <- TRUE }
  said <- character()
  f <- withCallingHandlers(do.call(coxph, args), warning = function(w) { said <<- c(said, conditionMessage(w)); invokeRestart("muffleWarning") })
  f$call$data <- F$d; f$.d <- F$d
  args$control <- NULL; plain <- suppressWarnings(do.call(coxph, args))   # R's own tolerance counts an infinite coefficient, 1e-14 drops it
  f$counted <- sum(!is.na(coef(plain)) & apply(f$x, 2, sd) > 0); f$plain_score <- plain$score; lost <- which(is.na(coef(f)) & !is.na(coef(plain)))
  endless <- grep("converged before variable", said, value = TRUE)
  f$endless <- if (length(endless)) as.integer(strsplit(gsub(" ", "", sub(";.*", "", sub(".*before variable", "", endless[1]))), ",")[[1]]) else integer()
  v <- diag(if (is.null(f$naive.var)) f$var else f$naive.var)   # R warns of finite ones too when eps is this small, and of some infinite ones not
  far <- which(!is.na(coef(f)) & sqrt(v) * apply(f$x, 2, sd) > 30 | is.infinite(exp(coef(f))))
  f$endless <- union(union(Filter(function(j) !is.na(coef(f)[j]) && abs(coef(f)[j]) * sd(f$x[, j]) > 4, f$endless), far), lost)
  f$clusters <- if (is.null(args$cluster)) Inf else length(unique(args$cluster))
  f
}
model <- function(C, terms, M = list(), F = NULL) {
  extra <- c(unlist(M$strata), M$cluster, M$offset)
  if (is.null(F)) F <- frame_of(C, terms, extra)
  D <- F$C; out <- list(n = length(D$time), events = sum(D$event), dropped = F$dropped)
  if (!length(F$terms)) return(c(out, list(terms = setNames(list(), character()))))
  every <- setdiff(colnames(model.matrix(as.formula(paste("~", paste(r_terms(F, F$terms), collapse = " + "))), F$d)), "(Intercept)"); ours <- ours_by_r(F, every)
  f <- tryCatch(fit_cox(F, F$terms, M), error = function(e) NULL)
  if (is.null(f) || !sum(D$event) || !inherits(f, "coxph") || f$clusters < 2) return(c(out, list(terms = setNames(rep(list(nothing), length(ours)), ours))))
  robust <- !is.null(f$naive.var); b <- coef(f); p <- length(b)
  se <- sqrt(diag(if (robust) f$naive.var else f$var)); rse <- if (robust) sqrt(diag(f$var)) else rep(NA, p); err <- if (robust) rse else se
  terms_out <- lapply(seq_len(p), function(j) if (is.na(b[j]) || j %in% f$endless) nothing else
    list(coef = b[[j]], se = se[j], robust_se = rse[j], hr = exp(b[[j]]), low = exp(b[[j]] - qnorm(0.975) * err[j]), high = exp(b[[j]] + qnorm(0.975) * err[j]), z = b[[j]] / err[j], p = 2 * pnorm(-abs(b[[j]] / err[j]))))
  out$terms <- setNames(terms_out, ours[base::names(b)])
  df <- f$counted
  if (!df) return(out)
  wald <- if (length(f$endless) || f$clusters <= df + 1) NA else f$wald.test
  z <- tryCatch(cox.zph(f, transform = if (is.null(M$zph)) "km" else M$zph, terms = TRUE)$table, error = function(e) NULL)
  back <- setNames(c(F$terms, "GLOBAL"), c(r_terms(F, F$terms), "GLOBAL"))
  if (isTRUE(M$residuals)) { one <- function(m) lapply(setNames(seq_len(p), ours[base::names(b)]), function(j) I(as.matrix(m)[, j])); s <- residuals(f, "schoenfeld")
    out$residuals <- list(martingale = I(residuals(f, "martingale")), deviance = I(residuals(f, "deviance")), score = one(residuals(f, "score")), dfbeta = one(residuals(f, "dfbeta")), schoenfeld = one(s)) }
  if (length(M$predict)) out$predicted <- lapply(M$predict, function(facts) { d <- f$.d[1, , drop = FALSE]
    for (v in F$vars) { i <- match(v, F$vars); k <- D$cols[[v]]; said <- facts[[v]]
      d[[paste0("v", i, "_")]] <- if (is.null(k$num)) factor(if (is.null(said)) k$levels[1] else Filter(function(l) same(l, said), k$levels)[1], k$levels) else if (is.null(said)) 0 else as.numeric(said) }
    s <- survfit(f, newdata = d, conf.type = "log"); e <- s$n.event > 0
    list(all = list(time = I(s$time[e]), hazard = I(s$cumhaz[e]), hazard_se = I(s$std.err[e]), survival = I(s$surv[e]), low = I(s$lower[e]), high = I(s$upper[e]))) })
  c(out, list(tests = list(lr = test(2 * diff(f$loglik), df), wald = test(wald, df), score = test(f$plain_score, df)),
    loglik_null = f$loglik[1], loglik = f$loglik[2], aic = -2 * f$loglik[2] + 2 * df, bic = -2 * f$loglik[2] + df * log(f$nevent),
    concordance = list(c = f$concordance[["concordance"]], se = f$concordance[["std"]]),
    zph = if (!is.null(z) && !length(f$endless)) lapply(split(as.data.frame(z), factor(back[rownames(z)], unique(back[rownames(z)]))), function(r) list(chi2 = r$chisq, df = r$df, p = r$p)),
    endless = if (length(f$endless)) I(f$endless)))
}
selection <- function(C, P) {
  S <- P$selection; candidates <- unlist(S$candidates); enter <- if (is.null(S$p_enter)) 0.15 else S$p_enter
  p_of <- function(t) if (identical(S$p_test, "logrank")) { l <- logrank(C, P, t); if (is.character(l)) NA else l$p } else { m <- model(C, t); if (is.null(m$tests)) NA else if (is.na(m$tests$wald$p) && length(m$endless)) m$tests$lr$p else m$tests$wald$p }
  p <- vapply(candidates, p_of, 0); entered <- candidates[!is.na(p) & p <= enter]
  if (!length(entered)) return(list(entered = I(character()), steps = setNames(list(), character()), chosen = I(character()), model = NULL))
  F <- frame_of(C, entered); method <- if (is.null(S$method)) "aic-both" else S$method
  d <- F$d; d$.y <- surv(F$C); d$.w <- if (is.null(F$C$weight)) 1 else F$C$weight
  aic <- function(terms) { rhs <- if (length(terms)) paste(r_terms(F, terms), collapse = " + ") else "1"
    f <- suppressWarnings(coxph(as.formula(paste(".y ~", rhs)), d, weights = .w, robust = FALSE, control = control)); g <- suppressWarnings(coxph(as.formula(paste(".y ~", rhs)), d, weights = .w, robust = FALSE))
    if (length(terms)) -2 * f$loglik[2] + 2 * sum(!is.na(coef(g))) else -2 * f$loglik[1] }
  now <- if (method == "aic-forward") character() else entered; best <- aic(now)
  steps <- list(list(action = "start", aic = best))
  repeat {
    moves <- list()
    if (method != "aic-forward") for (t in now) moves[[length(moves) + 1]] <- list(a = "drop", t = t, set = setdiff(now, t))
    if (method != "aic-backward") for (t in setdiff(entered, now)) moves[[length(moves) + 1]] <- list(a = "add", t = t, set = entered[entered %in% c(now, t)])
    if (!length(moves)) break
    a <- vapply(moves, function(m) aic(m$set), 0); i <- which.min(a)
    if (a[i] >= best - 1e-9) break
    best <- a[i]; now <- moves[[i]]$set; steps[[length(steps) + 1]] <- list(action = moves[[i]]$a, term = moves[[i]]$t, aic = best)
  }
  list(entered = I(entered), steps = setNames(steps, seq_along(steps) - 1), chosen = I(now), model = if (length(now)) { m <- model(F$C, now); m$dropped <- F$dropped; m })
}
subgroups <- function(C, P, factor) {
  A <- C$cols[[P$arms$column]]; t <- matching(A, list(P$arms$treated)); k <- matching(A, list(P$arms$control))
  D <- keep(C, which(t | k)); arm <- as.numeric(t[t | k]); col <- D$cols[[factor]]
  if (!is.null(col$num) && length(col$levels) > 6) return(list(interaction = list(lr_p = NA, wald_p = NA)))
  one <- function(l) { i <- which(!is.na(col$text) & col$text == l); G <- keep(D, i); d <- data.frame(arm = arm[i]); y <- surv(G); said <- FALSE
    f <- tryCatch(withCallingHandlers(coxph(y ~ arm, d, weights = G$weight, robust = FALSE, control = control), warning = function(w) { said <<- said || grepl("infinite", conditionMessage(w)); invokeRestart("muffleWarning") }), error = function(e) NULL)
    ok <- !is.null(f) && sum(G$event) && !said && !is.na(coef(f)) && f$var[1] < 1e4 && f$var[1] > 0; b <- if (ok) coef(f)[[1]] else NA; s <- if (ok) sqrt(f$var[1]) else NA
    list(n = length(i), events = sum(G$event), hr = exp(b), low = exp(b - qnorm(0.975) * s), high = exp(b + qnorm(0.975) * s)) }
  levels <- lapply(setNames(col$levels, col$levels), one)
  i <- which(!is.na(col$text)); G <- keep(D, i); d <- data.frame(arm = arm[i]); d$g <- base::factor(G$cols[[factor]]$text, G$cols[[factor]]$levels); d$y <- surv(G); d$w <- if (is.null(G$weight)) 1 else G$weight
  both <- list(lr_p = NA, wald_p = NA)
  if (nlevels(d$g) > 1) { f0 <- suppressWarnings(coxph(y ~ arm + g, d, weights = w, robust = FALSE, control = control)); f1 <- suppressWarnings(coxph(y ~ arm + g + arm:g, d, weights = w, robust = FALSE, control = control))
    free <- function(f) suppressWarnings(coxph(f, d, weights = w, robust = FALSE)); g0 <- free(y ~ arm + g); g1 <- free(y ~ arm + g + arm:g)
    df <- sum(!is.na(coef(g1))) - sum(!is.na(coef(g0))); j <- setdiff(which(!is.na(coef(f1))), seq_along(coef(f0)))
    if (df > 0) both <- list(lr_p = pchisq(2 * (f1$loglik[2] - f0$loglik[2]), df, lower.tail = FALSE), wald_p = tryCatch(pchisq(as.vector(coef(f1)[j] %*% solve(f1$var[j, j], coef(f1)[j])), length(j), lower.tail = FALSE), error = function(e) NA)) }
  list(levels = levels, interaction = both)
}

# ---- competing risks
state_of <- function(C) factor(C$cause, 0:length(C$causes), c(" none", C$causes))
incidence <- function(C) {
  s <- state_of(C); y <- if (is.null(C$entry)) Surv(C$time, s) else Surv(C$entry, C$time, s)
  f <- survfit(y ~ 1, weights = C$weight, id = seq_along(C$time))
  lapply(setNames(C$causes, C$causes), function(k) { j <- match(k, f$states); list(time = I(f$time), estimate = I(f$pstate[, j]), std_err = I(f$std.err[, j])) })
}
gray <- function(C, factor) { ok <- which(!is.na(C$cols[[factor]]$text)); D <- keep(C, ok); g <- D$cols[[factor]]$text
  if (length(unique(g)) < 2) return(lapply(setNames(C$causes, C$causes), function(k) test(NA, 0)))
  t <- tryCatch(suppressWarnings(cuminc(D$time, D$cause, g)$Tests), error = function(e) NULL)
  lapply(setNames(seq_along(C$causes), C$causes), function(k) if (is.null(t) || !(as.character(k) %in% rownames(t)) || t[as.character(k), "stat"] < 0) test(NA, 0) else test(t[as.character(k), "stat"], t[as.character(k), "df"])) }
fine_gray <- function(C, terms) {
  F <- frame_of(C, terms); D <- F$C; s <- state_of(D)
  lapply(setNames(D$causes, D$causes), function(k) {
    d <- data.frame(.row = seq_along(D$time)); d$.y <- Surv(D$time, s); if (!is.null(D$weight)) d$.w <- D$weight
    r <- tryCatch(if (is.null(D$weight)) finegray(.y ~ ., data = d, etype = k) else finegray(.y ~ .row, data = d, etype = k, weights = .w), error = function(e) NULL)
    if (is.null(r)) return(NULL)
    G <- keep(D, r$.row); G$entry <- r$fgstart; G$time <- r$fgstop; G$event <- r$fgstatus == 1; G$weight <- r$fgwt
    H <- F; H$C <- G; H$d <- F$d[r$.row, , drop = FALSE]
    m <- model(G, F$terms, list(.cluster = r$.row), H); m$n <- length(D$time); m })
}

# ---- later facts
changed <- function(C, column) numeric_of(C$cols[[column]])
yes <- function(flag) { k <- column(ifelse(is.na(flag), NA, as.character(as.numeric(flag)))); k$num <- as.numeric(flag); k }
time_varying <- function(C, P, name) {
  change <- changed(C, P$time_varying[[name]]$column); entry <- if (is.null(C$entry)) rep(0, length(C$time)) else C$entry
  cut <- !is.na(change) & change > entry & change < C$time; rows <- c(seq_along(C$time), which(cut)); first <- c(cut, rep(FALSE, sum(cut))); second <- c(rep(FALSE, length(cut)), rep(TRUE, sum(cut)))
  D <- keep(C, rows); D$entry <- ifelse(second, change[rows], entry[rows]); D$time <- ifelse(first, change[rows], C$time[rows]); D$event <- C$event[rows] & !first; D$continued <- first
  D <- merged(D); D$cols[[name]] <- yes(second | (!is.na(change[rows]) & change[rows] <= entry[rows]))
  m <- model(D, name); m$n <- NULL; N <- C; N$cols[[name]] <- yes(!is.na(change))
  list(model = m, km = curves_by(D, P, name), naive = model(N, name))
}
landmark <- function(C, P, at) {
  D <- keep(C, which(C$time > at)); D$time <- D$time - at; if (!is.null(D$entry)) D$entry <- pmax(D$entry - at, 0)
  D <- merged(D)
  factors <- if (length(P$time_varying)) names(P$time_varying) else P$arms$column
  for (n in names(P$time_varying)) { change <- changed(D, P$time_varying[[n]]$column); D$cols[[n]] <- yes(!is.na(change) & change <= at) }
  list(n = length(D$time), events = sum(D$event), model = model(D, factors), logrank = lapply(setNames(factors, factors), function(f) logrank(D, P, f)), km = lapply(setNames(factors, factors), function(f) curves_by(D, P, f)))
}
censored <- function(C, P) {
  cut <- changed(C, P$censor_at$column); hit <- !is.na(cut) & cut <= C$time; D <- C; D$time <- ifelse(hit, cut, C$time); D$event <- C$event & !hit
  if (!is.null(D$cause)) D$cause[hit] <- 0L
  if (!is.null(D$entry)) D <- keep(D, which(D$time > D$entry))
  merged(D)
}

merged <- function(C) { y <- aeqSurv(surv(C)); C$time <- y[, ncol(y) - 1]; if (!is.null(C$entry)) C$entry <- y[, 1]; C }   # one cohort, one rule for near ties
whole <- function(C, P) {
  by <- unlist(P$km$by); out <- list(n = length(C$time), events = sum(C$event), followup = followup(C, P), km = list(all = list(all = curve(C, P))))
  if (length(by)) { out$km <- c(out$km, lapply(setNames(by, by), function(f) curves_by(C, P, f))); out$logrank <- lapply(setNames(by, by), function(f) logrank(C, P, f)) }
  terms <- unlist(P$univariable$terms)
  trend <- unlist(P$km$trend); if (length(trend) && is.null(C$entry)) out$trend <- lapply(setNames(trend, trend), function(f) { k <- C$cols[[f]]; ok <- !is.na(k$text); D <- keep(C, which(ok))
    x <- if (is.null(k$num)) match(D$cols[[f]]$text, D$cols[[f]]$levels) - 1 else D$cols[[f]]$num   # Tarone's test is the score test of exact ties
    m <- suppressWarnings(coxph(Surv(D$time, D$event) ~ x, ties = "exact", control = control)); test(m$score, 1) })
  if (length(terms)) out$univariable <- lapply(setNames(terms, terms), function(t) model(C, t))
  if (length(P$models)) out$models <- lapply(P$models, function(M) model(C, unlist(M$terms), M))
  if (!is.null(P$selection)) out$selection <- selection(C, P)
  if (!is.null(P$subgroups)) { f <- unlist(P$subgroups$factors); out$subgroups <- lapply(setNames(f, f), function(k) subgroups(C, P, k)) }
  if (!is.null(P$competing)) {
    out$cif <- c(list(all = list(all = incidence(C))), lapply(setNames(by, by), function(f) lapply(groups(C, f), incidence)))
    if (length(by) && is.null(C$entry)) out$gray <- lapply(setNames(by, by), function(f) gray(C, f))
    if (length(terms) && is.null(C$entry)) out$fine_gray <- fine_gray(C, terms)
  }
  out
}
response <- function(S, C) {
  x <- numeric_of(C$cols[[S$dose]]); k <- C$cols[[if (is.list(S$response)) S$response$column else S$response]]; ok <- !is.na(x) & !is.na(k$text); x <- x[ok]
  y <- if (is.list(S$response)) matching(k, S$response$is)[ok] else numeric_of(k)[ok] == 1
  out <- list(n = sum(ok), dropped = sum(!ok), responses = sum(y)); g <- if (identical(S$scale, "log")) log(x) else x; link <- if (is.null(S$link)) "logit" else S$link
  f <- glm(y ~ g, family = binomial(link), control = glm.control(epsilon = 1e-15, maxit = 200)); b <- unname(coef(f)); v <- vcov(f)
  level <- if (is.null(S$level)) 0.95 else S$level; z <- qnorm(0.5 + level / 2); back <- if (identical(S$scale, "log")) exp else identity
  shown <- f$null.deviance - f$deviance > qchisq(level, 1)
  needed <- lapply(c(0.5, 0.8), function(share) {   # the Wald test of eta(x) = F^-1(share) at the level: Fieller's limits
    if (!shown) return(list(share = share, dose = NA, se = NA, low = NA, high = NA))
    q <- if (link == "logit") qlogis(share) else qnorm(share); d <- dose.p(f, p = share); at <- as.vector(d); se <- as.vector(attr(d, "SE"))
    A <- b[2]^2 - z^2 * v[2, 2]; B <- (b[1] - q) * b[2] - z^2 * v[1, 2]; G <- (b[1] - q)^2 - z^2 * v[1, 1]
    ends <- if (A > 0) (-B + c(-1, 1) * sqrt(max(B^2 - A * G, 0))) / A else c(NA, NA)
    list(share = share, dose = back(at), se = if (identical(S$scale, "log")) exp(at) * se else se, low = back(ends[1]), high = back(ends[2])) })
  r <- rank(x); n1 <- sum(y); n0 <- sum(!y); auc <- (sum(r[y]) - n1 * (n1 + 1) / 2) / (n1 * n0)
  place <- function(one, other) vapply(one, function(v) mean(other < v) + mean(other == v) / 2, 0)
  c(out, list(fit = list(coef = list(intercept = b[1], slope = b[2]), se = list(intercept = sqrt(v[1, 1]), slope = sqrt(v[2, 2])), deviance = f$deviance, null_deviance = f$null.deviance, aic = f$aic, needed = setNames(needed, 0:1)),
              roc = list(auc = auc, se = sqrt(var(place(x[y], x[!y])) / n1 + var(place(x[!y], x[y])) / n0))))
}
analyse <- function(P, T) {
  C <- enrol(P, T); out <- whole(C, P)
  if (!is.null(P$censor_at)) out$censored <- whole(censored(C, P), P)
  if (length(P$dose_response)) out$dose_response <- lapply(P$dose_response, response, C = C)
  if (length(P$populations)) out$populations <- lapply(P$populations, function(W) whole(keep(C, which(Reduce(`&`, lapply(names(W$where), function(n) matching(C$cols[[n]], W$where[[n]]))))), P))
  if (length(P$time_varying)) out$time_varying <- lapply(setNames(names(P$time_varying), names(P$time_varying)), function(n) time_varying(C, P, n))
  at <- unlist(P$landmark$at); if (length(at)) out$landmark <- lapply(setNames(at, formatC(at, format = "g")), function(t) landmark(C, P, t))
  out
}
judge <- function(P, table, out) {
  T <- read.csv(table, colClasses = "character", na.strings = character(), check.names = FALSE, encoding = "UTF-8", strip.white = TRUE)
  said <- tryCatch(json(analyse(P, as.list(T))), error = function(e) json(list(failed = gsub("[[:cntrl:]]", " ", conditionMessage(e)))))
  writeLines(said, out, useBytes = TRUE)
}
