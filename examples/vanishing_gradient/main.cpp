#include "console/output.hpp"
#include "console/program.hpp"
#include "support/wanted_file.hpp"
#include "vanishing_gradient/options.hpp"
#include "vanishing_gradient/report.hpp"
#include <unroll/ops/product.hpp>

#include <algorithm>
#include <functional>
#include <string>
#include <vector>

namespace vanishing_gradient {
namespace {

std::vector<Outcome> run_all(const Plan& plan) {
  unroll::set_product_threads(1);  // for small products, threads would wait for each other
  std::vector<Outcome> outcomes;
  for (const Contender& contender : contenders()) {
    outcomes.push_back(run_contender(contender, plan));
    console::write_message(contender.name + ": done");
  }
  return outcomes;
}

int run(const Options& options) {
  for (const std::string& path : {options.html, options.csv}) support::expect_wanted_file(path);
  const std::vector<Outcome> outcomes = run_all(options.plan);
  const std::vector<Claim> claims = claims_of(outcomes, options.plan);
  console::write_output(to_text(outcomes, claims, options.plan));
  support::write_if_wanted(options.csv, to_csv(shown(outcomes, &Outcome::after)));
  support::write_if_wanted(options.html, to_html(to_page(outcomes, claims, options.plan)));
  return std::all_of(claims.begin(), claims.end(), std::mem_fn(&Claim::holds)) ? 0 : 4;
}

}  // namespace
}  // namespace vanishing_gradient

int main(int count, char** words) {
  return console::run_program(count, words, vanishing_gradient::parse_options, vanishing_gradient::run);
}
