# Statistics of real monthly series, by base R alone: lm, cor, sd, prod.
#
#   Rscript tests/published/r/statistics.R DATA_FOLDER > tests/published/r/statistics.csv
#
# DATA_FOLDER holds etf_adj_close_month_end.csv. Only derived statistics are written, no prices. Each line is one
# statistic of one series; the first lines say what they were made from and by which R.

folder <- commandArgs(trailingOnly = TRUE)[1]
file <- file.path(folder, "etf_adj_close_month_end.csv")
prices <- read.csv(file, check.names = FALSE)
prices <- prices[prices$Date >= "2015-12-31" & prices$Date <= "2025-02-28", ]
days <- as.Date(prices$Date)[-1]
prices <- prices[, -1]
prices <- prices[, !apply(is.na(prices), 2, any)]
returns <- as.data.frame(lapply(prices, function(p) p[-1] / p[-length(p)] - 1), check.names = FALSE)
n <- nrow(returns)
b <- returns$AGG
rf <- returns$BIL

compound <- function(r) prod(1 + r) - 1
last <- function(r, k) r[(length(r) - k + 1):length(r)]
line <- function(r, b) unname(coef(lm(r ~ b)))
yearly <- function(a) (1 + a)^12 - 1
levels_of <- function(r) cumprod(c(1, 1 + r))
drawdown <- function(r) { l <- levels_of(r); 1 - l / cummax(l) }
rolling <- function(r, b, k) line(last(r, k), last(b, k))

figures <- function(r) {
  whole <- line(r, b)
  year <- line(last(r, 12), last(b, 12))
  excess <- line(r - rf, b - rf)
  excess_year <- line(last(r - rf, 12), last(b - rf, 12))
  s <- sd(r)
  z <- (r - mean(r)) / s
  up <- b > 0
  down <- b <= 0
  d <- drawdown(r)
  trough <- which.max(d)
  te <- sd(r - b)
  annual <- prod(1 + r)^(12 / n) - 1
  annual_b <- prod(1 + b)^(12 / n) - 1
  three <- line(last(r, 36), last(b, 36))
  betas <- sapply(36:n, function(t) line(r[(t - 35):t], b[(t - 35):t])[2])
  risks <- sapply(12:n, function(t) sd(r[(t - 11):t]) * sqrt(12))
  c(
    last_month = r[n],
    ytd = compound(r[format(days, "%Y") == "2025"]),
    one_year = compound(last(r, 12)),
    three_year = compound(last(r, 36)),
    five_year = compound(last(r, 60)),
    cumulative = compound(r),
    year_2020 = compound(r[format(days, "%Y") == "2020"]),
    annualised_return = annual,
    annualised_volatility = s * sqrt(12),
    positive_months = mean(r > 0),
    alpha = yearly(whole[1]),
    beta = whole[2],
    correlation = cor(r, b),
    alpha_12m = yearly(year[1]),
    beta_12m = year[2],
    correlation_12m = cor(last(r, 12), last(b, 12)),
    ret_stdev = mean(r) / s * sqrt(12),
    ret_stdev_12m = mean(last(r, 12)) / sd(last(r, 12)) * sqrt(12),
    tracking_error_month = te,
    information_ratio_newsletter = (compound(r) - compound(b)) / te,
    tracking_error_year = te * sqrt(12),
    information_ratio_standard = (annual - annual_b) / (te * sqrt(12)),
    excess_alpha = yearly(excess[1]),
    excess_beta = excess[2],
    excess_correlation = cor(r - rf, b - rf),
    excess_alpha_12m = yearly(excess_year[1]),
    excess_beta_12m = excess_year[2],
    sharpe = mean(r - rf) / sd(r - rf) * sqrt(12),
    skewness = n / ((n - 1) * (n - 2)) * sum(z^3),
    excess_kurtosis = n * (n + 1) / ((n - 1) * (n - 2) * (n - 3)) * sum(z^4) - 3 * (n - 1)^2 / ((n - 2) * (n - 3)),
    max_drawdown = max(d),
    drawdown_trough_month = trough - 1,
    up_capture = compound(r[up]) / compound(b[up]),
    down_capture = compound(r[down]) / compound(b[down]),
    up_capture_mean = (prod(1 + r[up])^(1 / sum(up)) - 1) / (prod(1 + b[up])^(1 / sum(up)) - 1),
    down_capture_mean = (prod(1 + r[down])^(1 / sum(down)) - 1) / (prod(1 + b[down])^(1 / sum(down)) - 1),
    best_month = max(r),
    worst_month = min(r),
    rolling_36_alpha = yearly(three[1]),
    rolling_36_beta = three[2],
    rolling_36_beta_lowest = min(betas),
    rolling_36_beta_highest = max(betas),
    rolling_12_risk = last(risks, 1),
    rolling_12_risk_highest = max(risks)
  )
}

series <- setdiff(names(returns), c("AGG", "BIL"))
mix <- 0.6 * returns$SPY + 0.4 * returns$AGG
hash <- strsplit(system2("sha256sum", shQuote(file), stdout = TRUE), " ")[[1]][1]
cat("# ", R.version.string, "\n", sep = "")
cat("# by tests/published/r/statistics.R from etf_adj_close_month_end.csv, sha256 ", hash, "\n", sep = "")
cat("# months ", format(days[1]), " to ", format(days[n]), ", benchmark AGG, risk-free BIL\n", sep = "")
cat("series,statistic,value\n")
for (name in c(series, "60/40")) {
  found <- figures(if (name == "60/40") mix else returns[[name]])
  cat(sprintf("%s,%s,%.17g\n", name, names(found), found), sep = "")
}
