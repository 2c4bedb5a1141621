#include <unroll/framework/charts/page.hpp>
#include <unroll/framework/charts/svg_canvas.hpp>

#include <fmt/format.h>

namespace unroll::inline v0::charts {

namespace {

constexpr std::string_view style = R"(
body { max-width: 1130px; margin: 24px auto; padding: 0 16px; font-family: sans-serif; color: #222; background: #fff; }
h1 { font-size: 26px; } h2 { font-size: 22px; margin-top: 44px; } h3 { font-size: 17px; margin-top: 30px; }
p { line-height: 1.45; max-width: 960px; } svg { max-width: 100%; height: auto; }
table { border-collapse: collapse; margin: 12px 0; } td, th { padding: 5px 12px; border-bottom: 1px solid #8884; }
th { text-align: left; } td.number { text-align: right; font-variant-numeric: tabular-nums; }
)";

}  // namespace

std::string to_html(const Page& page) {
  return fmt::format(
      "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\"/>\n<title>{0}</title>\n"
      "<style>{1}</style>\n{2}</head>\n<body>\n<h1>{0}</h1>\n{3}</body>\n</html>\n",
      escape(page.title), style, page.head, page.body);
}

}  // namespace unroll::inline v0::charts
