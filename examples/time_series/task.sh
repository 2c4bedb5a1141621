# shellcheck shell=bash disable=SC2034,SC2154
# The task time_series: ./examples/run time_series [weather | sunspots | stocks] [FLAG ...]
task_packages=()
task_rows=(
  "time_series weather|Seattle's weather, 1461 days|5 s|RMSE 2.8 °C a day ahead; no change: 3.1"
  "time_series sunspots|sunspots of 309 years|5 s|squared error / variance 0.13, 0.37; no change: 0.43, 0.97"
  "time_series stocks|S&P 500, 5105 days|5 s|as good as no change, as theory says"
)
vega=(vega-datasets 3.2.1 6f72fda460a9863fae5fcb32f85bcd49e1761fdea6dc6cf9f4962472881cc5a3)

run_task() {
  local set=weather
  if [[ ${1-} != -* && -n ${1-} ]]; then set=$1 && shift; fi
  local -a how
  local table
  case $set in
    weather)
      table=$(npm_folder "${vega[@]}")/data/seattle-weather.csv
      how=(--target temp_max --calendar --horizon 7 --expect 2.95)
      ;;
    sunspots)
      table=$root/examples/time_series/sunspots.csv
      how=(--target sunspots --horizon 1 --steps 12 --epochs 150 --validation 0.1 --test-from 1921 --test-until 1979
        --expect 20)
      ;;
    stocks)
      table=$(npm_folder "${vega[@]}")/data/sp500-2000.csv
      how=(--target close --alone --changes --logarithm --horizon 5 --expect 1.25)
      ;;
    *) fail "time_series has no data '$set', expected weather, sunspots or stocks" ;;
  esac
  local model=$build/time_series-$set.safetensors page=$build/time_series-$set.html
  say "Training"
  "$program" train --data "$table" --model "$model" --force --page "$page" "${how[@]}" "$@"
  [[ " $* " != *" --json "* ]] || return 0  # one object is all that was asked for
  if [[ $set == sunspots ]]; then  # the two tests of the literature
    "$program" evaluate --data "$table" --model "$model" --test-from 1921 --test-until 1955
    "$program" evaluate --data "$table" --model "$model" --test-from 1956 --test-until 1979
  fi
  say "What comes next"
  "$program" forecast --data "$table" --model "$model"
  say "Look at $page"
}
