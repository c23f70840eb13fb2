# Makes kinds.json: R's numbers for analyses in which a build once meant something else than R. Run: Rscript make_kinds.R > kinds.json
# R 4.2.2, survival 3.5-3, its own defaults (coxph.control(): a level without events keeps its degree of freedom).
suppressMessages({library(survival); library(MASS)})
options(warn = -1)
number <- function(v) ifelse(is.finite(v), formatC(v, digits = 16, format = "g", width = 1), "null")
json <- function(x) {
  if (is.data.frame(x)) return(json(lapply(as.list(x), function(v) I(as.character(v)))))
  if (is.list(x)) return(paste0("{", paste0("\"", names(x), "\": ", vapply(x, json, ""), collapse = ", "), "}"))
  if (is.character(x)) { v <- paste0("\"", x, "\""); return(if (inherits(x, "AsIs")) paste0("[", paste(v, collapse = ", "), "]") else v[1]) }
  v <- number(as.numeric(x)); if (length(v) == 1 && !inherits(x, "AsIs")) v else paste0("[", paste(v, collapse = ", "), "]")
}
tests <- function(f) { s <- summary(f); list(lr = unname(s$logtest[1]), lr_df = unname(s$logtest[2]), lr_p = pchisq(s$logtest[1], s$logtest[2], lower.tail = FALSE)[[1]],
  score = unname(s$sctest[1]), score_df = unname(s$sctest[2]), loglik = f$loglik[2], aic = AIC(f), bic = BIC(f)) }
ratio <- function(f, term) { s <- summary(f); list(hr = s$conf.int[term, 1], low = s$conf.int[term, 3], high = s$conf.int[term, 4], p = s$coefficients[term, ncol(s$coefficients)]) }
test <- function(d) list(chi2 = d$chisq, df = length(d$n[d$n > 0]) - 1)

set.seed(10); n <- 96
d <- data.frame(time = pmax(0.3, round(rexp(n, 1 / 15), 1)), event = rbinom(n, 1, 0.72), arm = sample(c("A", "B", "C"), n, TRUE), age = round(rnorm(n, 63, 9)),
  stage = sample(c("p", "q", "r"), n, TRUE), etio = sample(c("alcohol", "HBV", "HCV"), n, TRUE), risk = sample(c("high", "low"), n, TRUE))
d$etio[c(3, 19, 44, 71)] <- "MASH"; d$event[d$etio == "MASH"] <- 0
d$time <- pmax(0.3, round(d$time * ifelse(d$risk == "high", 0.5, 1.4) * ifelse(d$arm == "B", 1.3, 1), 1))
Y <- Surv(d$time, d$event)
model <- function(f) tests(coxph(as.formula(f), data = d))
step <- stepAIC(coxph(Y ~ etio + arm + age, data = d), direction = "backward", trace = 0)
pair <- d[d$arm %in% c("A", "B"), ]; P <- Surv(pair$time, pair$event); treated <- as.numeric(pair$arm == "B")
cut <- d[d$arm %in% c("B", "C"), ]

split <- data.frame(id = c("k1", "k2", "k1", "k3", "k4", "k4", "k4", "k5", "k6", "k7", "k7", "k8"), entry = c(0, 0, 4, 0, 0, 3, 6, 1, 0, 0, 5, 2),
  time = c(4, 9, 11, 6, 3, 6, 14, 8, 12.5, 5, 7, 16), event = c(0, 1, 1, 0, 0, 0, 0, 1, 0, 0, 1, 0), arm = c("A", "A", "A", "B", "B", "B", "B", "A", "B", "A", "A", "B"))
last <- ave(split$time, split$id, FUN = max) == split$time
reverse <- survfit(Surv(split$entry, split$time, as.numeric(!split$event & last)) ~ 1)
whole <- survfit(Surv(entry, time, event) ~ 1, data = split)

ended <- data.frame(time = c(1, 2, 3, 5, 7, 9, 10, 2, 4, 6, 8, 12, 18, 25, 30, 31), event = c(1, 1, 0, 1, 1, 0, 1, 1, 0, 1, 1, 0, 1, 1, 0, 1), arm = rep(c("A", "B"), c(7, 9)))
mean24 <- summary(survfit(Surv(time, event) ~ arm, data = ended), rmean = 24)$table[, c("rmean", "se(rmean)")]

dose <- data.frame(td = round(rnorm(70, 200, 70)), hit = 0); dose$hit <- rbinom(70, 1, plogis((dose$td - 190) / 60)); dose$flat <- rbinom(70, 1, 0.45)
fieller <- function(f, share, link) {   # the doses at which the Wald test of eta(x) = F^-1(share) has P = 0.05
  q <- link(share); b <- coef(f); V <- vcov(f); z <- function(x) abs(b[1] + b[2] * x - q) / sqrt(V[1, 1] + 2 * x * V[1, 2] + x^2 * V[2, 2]) - qnorm(0.975)
  x <- unname((q - b[1]) / b[2]); far <- 5000
  c(dose = x, low = uniroot(z, c(x - far, x), tol = 1e-12)$root, high = uniroot(z, c(x, x + far), tol = 1e-12)$root)
}
fitted <- function(f, link = "logit") glm(f, binomial(link), dose, control = glm.control(epsilon = 1e-14, maxit = 100))
logit <- fitted(hit ~ td); probit <- fitted(hit ~ td, "probit"); logs <- fitted(hit ~ log(td)); flat <- fitted(flat ~ td)
needed <- function(v) list(dose = v[[1]], low = v[[2]], high = v[[3]])

cat(json(list(
  study = d, split = split, ended = ended, dose = dose,
  models = list(slopes = model("Y ~ arm + arm:age"), effects = model("Y ~ stage + arm:stage"), alone = model("Y ~ arm:stage"), number = model("Y ~ age + arm:age"), etio = model("Y ~ etio"), joint = model("Y ~ etio + arm + age")),
  start = extractAIC(coxph(Y ~ etio + arm + age, data = d))[2], end = extractAIC(step)[2],
  pair = list(plain = c(ratio(coxph(P ~ treated), 1), test(survdiff(P ~ treated))),
    stratified = c(ratio(coxph(P ~ treated + strata(risk), data = pair), 1), test(survdiff(P ~ treated + strata(risk), data = pair))),
    three = test(survdiff(Y ~ arm, data = d)), three_stratified = test(survdiff(Y ~ arm + strata(risk), data = d))),
  followup = as.list(quantile(reverse, 0.5)) |> (\(q) list(median = q$quantile, low = q$lower, high = q$upper))(),
  risk = list(time = I(whole$time), at_risk = I(whole$n.risk), events = I(whole$n.event), survival = I(whole$surv)),
  means = list(A = mean24[1, 1], A_se = mean24[1, 2], B = mean24[2, 1], B_se = mean24[2, 2]),
  response = list(se = list(logit = I(as.numeric(attr(dose.p(logit, p = c(0.5, 0.8)), "SE"))), probit = I(as.numeric(attr(dose.p(probit, p = c(0.5, 0.8)), "SE")))),
    logit50 = needed(fieller(logit, 0.5, qlogis)), logit80 = needed(fieller(logit, 0.8, qlogis)), probit50 = needed(fieller(probit, 0.5, qnorm)),
    log50 = needed(exp(fieller(logs, 0.5, qlogis))), flat = list(slope = coef(flat)[[2]], p = summary(flat)$coefficients[2, 4]))
)), "\n")
