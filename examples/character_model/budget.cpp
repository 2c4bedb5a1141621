#include "character_model/budget.hpp"

#include <algorithm>

namespace character_model {

double share_spent(const Budget& budget, const Spent& spent) {
  double share = 0;
  if (budget.epochs) share = std::max(share, spent.epochs / *budget.epochs);
  if (budget.characters)
    share = std::max(share, static_cast<double>(spent.characters) / static_cast<double>(*budget.characters));
  if (budget.minutes) share = std::max(share, spent.seconds / 60 / *budget.minutes);
  return share;
}

void RunningMean::add(double number) {
  constexpr double kept = 0.99;
  sum_ = kept * sum_ + (1 - kept) * number;
  weight_ = kept * weight_ + (1 - kept);  // so that the first numbers are not drawn towards 0
}

}  // namespace character_model
