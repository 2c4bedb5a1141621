#include "character_model/budget.hpp"

#include <algorithm>

namespace character_model {

double fraction_spent(const Budget& budget, const Spent& spent) {
  double fraction = 0;
  if (budget.epochs) fraction = std::max(fraction, spent.epochs / *budget.epochs);
  if (budget.characters)
    fraction = std::max(fraction, static_cast<double>(spent.characters) / static_cast<double>(*budget.characters));
  if (budget.minutes) fraction = std::max(fraction, spent.seconds / 60 / *budget.minutes);
  return fraction;
}

}  // namespace character_model
