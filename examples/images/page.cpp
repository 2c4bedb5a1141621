#include "images/page.hpp"

#include "support/confusion_table.hpp"
#include <unroll/framework/charts/line_chart.hpp>
#include <unroll/framework/charts/page.hpp>
#include <unroll/framework/charts/svg_canvas.hpp>

#include <fmt/format.h>

#include <algorithm>

namespace images {

namespace {

namespace charts = unroll::charts;

constexpr std::size_t of_a_kind = 3;  // images that are shown, of right ones and of wrong ones
constexpr double pixel_side = 7;

std::string picture_of(std::span<const std::uint8_t> image, const Reading& reading, const std::string& title) {
  const double side = pixel_side, top = 30;
  const double width = static_cast<double>(reading.width) * side, height = static_cast<double>(reading.height) * side;
  charts::SvgCanvas canvas(width, height + top, title);
  canvas.rectangle({0, top}, width, height, "#000000");
  for (std::size_t i = 0; i < image.size(); ++i) {
    if (image[i] == 0) continue;
    const double x = static_cast<double>(i % reading.width) * side, y = static_cast<double>(i / reading.width) * side;
    canvas.rectangle({x, top + y}, side, side, fmt::format("#{0:02x}{0:02x}{0:02x}", image[i]));
  }
  const std::size_t step = reading.by == By::patches ? reading.patch : reading.height;  // where patches meet
  for (std::size_t i = step; i < reading.height; i += step)
    canvas.polyline({{0, top + static_cast<double>(i) * side}, {width, top + static_cast<double>(i) * side}}, "#808080",
                    false);
  for (std::size_t i = step; i < reading.width; i += step)
    canvas.polyline({{static_cast<double>(i) * side, top}, {static_cast<double>(i) * side, top + height}}, "#808080",
                    false);
  return canvas.finish();
}

/// A line for each class, from its probabilities at some of the steps, evenly apart, the last one among them.
std::string course_of(const std::vector<float>& probabilities, const std::vector<std::string>& names,
                      std::size_t steps) {
  const std::size_t classes = names.size(), looks = probabilities.size() / classes;
  charts::LineChart chart{.title = "probabilities as it is read",
                          .x_label = "steps read",
                          .y_label = "probability",
                          .series = {},
                          .scale = charts::Scale::linear};
  for (std::size_t label = 0; label < classes; ++label) {
    charts::Series line{.name = names[label], .color = label, .dashed = label >= 7, .points = {}};
    for (std::size_t i = 0; i < looks; ++i)
      line.points.push_back({static_cast<double>((i + 1) * steps / looks), probabilities[i * classes + label]});
    chart.series.push_back(line);
  }
  return draw(chart);
}

}  // namespace

std::string page_of(const Verdicts& verdicts, const support::LabeledImages& images, const Reading& reading,
                    const std::vector<std::string>& names, const task::Scores& scores, const WhileReading& read) {
  std::string body = fmt::format("<pre>{}</pre>\n", charts::escape(to_text(scores)));
  body += support::confusion_table(confusion_of(verdicts.found(), images, names.size()), names);
  body += "<h2>Some images</h2>\n<p>The model has learned whole images; how it judges a part is a guess.</p>\n";
  std::size_t shown[2] = {0, 0};
  for (std::size_t n = 0; n < images.count(); ++n) {
    const std::size_t label = images.labels[n], found = verdicts.found(n);
    if (shown[label == found ? 1 : 0]++ >= of_a_kind) continue;
    const std::string title = label == found ? names[label] : fmt::format("{}, is {}", names[found], names[label]);
    body += fmt::format("<div>{}{}</div>\n", picture_of(images.image(n), reading, title),
                        course_of(read(n), names, reading.steps()));
  }
  return charts::to_html({.title = "Images as sequences", .head = "", .body = body});
}

}  // namespace images
