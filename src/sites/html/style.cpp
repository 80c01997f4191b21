#include "sites/html/style.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <string>

#include "sites/html/byte_scan.h"

namespace vedette::sites {
namespace {

constexpr double kOffScreenPx = -900;
constexpr std::size_t kValueBytesMax = 128;

constexpr std::array<bool, 256> make_name_ends() {
  std::array<bool, 256> ends{};
  for (const char c : std::string_view(" .#:[>+~")) ends[static_cast<unsigned char>(c)] = true;
  return ends;
}
constexpr auto kEndsName = make_name_ends();

bool is_white(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f'; }

std::string_view trim(std::string_view text) {
  while (!text.empty() && is_white(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_white(text.back())) text.remove_suffix(1);
  return text;
}

// Lower case without comments; long values say nothing here.
std::string_view normal(std::string_view text, std::array<char, kValueBytesMax>& buffer) {
  std::size_t size = 0;
  text = trim(text);
  for (std::size_t i = 0; i < text.size() && size < buffer.size(); ++i) {
    if (text[i] == '/' && i + 1 < text.size() && text[i + 1] == '*') {
      const std::size_t end = text.find("*/", i + 2);
      if (end == std::string_view::npos) break;
      i = end + 1;
      continue;
    }
    buffer[size++] = text[i] >= 'A' && text[i] <= 'Z' ? static_cast<char>(text[i] + 32) : text[i];
  }
  return trim({buffer.data(), size});
}

// Whether read_declaration() may know the property; a comment in the name is left to normal().
bool may_matter(std::string_view name) {
  if (name.empty()) return false;
  const auto first = static_cast<char>(name[0] | 0x20);
  const auto one_of = [&](std::string_view letters) { return letters.find(first) != std::string_view::npos; };
  switch (name.size()) {
    case 3:
      if (first == 't') return true;  // top
      break;
    case 4:
      if (one_of("lfc")) return true;  // left, font, clip
      break;
    case 5:
      if (one_of("rwci")) return true;  // right, width, color, inset
      break;
    case 6:
      if (one_of("bmhf")) return true;  // bottom, margin, height, filter
      break;
    case 7:
      if (one_of("do")) return true;  // display, opacity
      break;
    case 8:
      if (first == 'o') return true;  // overflow
      break;
    case 9:
      if (one_of("ftcm")) return true;  // font-size, transform, clip-path, max-width
      break;
    case 10:
      if (one_of("vbm")) return true;  // visibility, background, max-height, margin-top
      break;
    case 11:
      if (one_of("tm")) return true;  // text-indent, margin-left
      break;
    case 16:
      if (first == 'b') return true;  // background-color
      break;
    default:
      break;
  }
  return name.find('/') != std::string_view::npos;
}

// The selectors that are a class or an id alone.
template <class F>
void each_simple(std::string_view selectors, F&& f) {
  while (!selectors.empty()) {
    const std::size_t comma = std::min(selectors.find(','), selectors.size());
    const std::string_view one = trim(selectors.substr(0, comma));
    selectors.remove_prefix(std::min(comma + 1, selectors.size()));
    if (one.size() > 1 && (one[0] == '.' || one[0] == '#') &&
        std::none_of(one.begin() + 1, one.end(),
                     [](char c) { return kEndsName[static_cast<unsigned char>(c)]; }))
      f(one);
  }
}

bool is_zero(std::string_view text, double at_most) {
  const auto length = read_length(text);
  return length.has_value() && *length >= 0 && *length <= at_most;
}

void read_declaration(std::string_view name, std::string_view value, InlineStyle& style) {
  const auto hide = [&](std::uint16_t why) { style.hidden = static_cast<std::uint16_t>(style.hidden | why); };
  const auto far = [&](std::string_view text) {
    const auto length = read_length(text);
    return length.has_value() && *length <= kOffScreenPx;
  };
  if (name == "display") {
    if (value == "none") hide(kDisplayNone);
  } else if (name == "visibility") {
    if (value == "hidden" || value == "collapse") hide(kVisibilityHidden);
  } else if (name == "opacity") {
    const auto number = read_length(value);
    if (number.has_value() && *number < (value.ends_with('%') ? 0.5 : 0.05)) hide(kTransparent);
  } else if (name == "font-size") {
    if (is_zero(value, 1)) hide(kTinyFont);
  } else if (name == "font") {
    if (value.starts_with("0/") || value.starts_with("0 ") || value.starts_with("0px")) hide(kTinyFont);
  } else if (name == "left" || name == "top" || name == "text-indent" || name == "margin-left" ||
             name == "margin-top" || name == "margin" || name == "inset") {
    if (far(value)) hide(kOffScreen);
  } else if (name == "right" || name == "bottom") {
    if (far(value)) hide(kOffScreen);
  } else if (name == "transform") {
    if (value.starts_with("scale(0)") || value.starts_with("scale(0,")) hide(kZeroSize);
    const std::size_t open = value.find('(');
    if (value.starts_with("translate") &&
        far(value.substr(open == std::string_view::npos ? value.size() : open + 1))) {
      hide(kOffScreen);
    }
  } else if (name == "width" || name == "height" || name == "max-height" || name == "max-width") {
    if (is_zero(value, 1)) style.thin = true;
  } else if (name == "overflow") {
    if (value.starts_with("hidden") || value.starts_with("clip")) style.overflow_hidden = true;
  } else if (name == "clip") {
    if (value.starts_with("rect(0") || value.starts_with("rect(1px")) hide(kClipped);
  } else if (name == "clip-path") {
    if (value.starts_with("inset(50%") || value.starts_with("inset(100%") || value.starts_with("circle(0"))
      hide(kClipped);
  } else if (name == "filter") {
    if (value.find("opacity(0)") != std::string_view::npos ||
        value.find("opacity=0)") != std::string_view::npos) {
      hide(kTransparent);
    }
  } else if (name == "color") {
    if (value == "transparent" ||
        (value.starts_with("rgba(") && (value.ends_with(",0)") || value.ends_with(", 0)")))) {
      hide(kTransparent);
    } else {
      style.colour = read_colour(value);
    }
  } else if (name == "background" || name == "background-color") {
    style.background = read_colour(value);
  }
}

}  // namespace

std::optional<double> read_length(std::string_view text) {
  std::size_t at = 0;
  const bool negative = !text.empty() && text[0] == '-';
  if (negative || text.starts_with('+')) ++at;
  double value = 0, scale = 1;
  bool digits = false, point = false;
  for (; at < text.size(); ++at) {
    const char c = text[at];
    if (c >= '0' && c <= '9') {
      digits = true;
      if (point) {
        scale /= 10;
        value += (c - '0') * scale;
      } else if (value < 1e9) {
        value = value * 10 + (c - '0');
      }
    } else if (c == '.' && !point) {
      point = true;
    } else {
      break;
    }
  }
  if (!digits) return std::nullopt;
  const std::string_view unit = text.substr(at);
  if (unit.starts_with("em") || unit.starts_with("rem")) value *= 16;
  if (unit.starts_with("vw") || unit.starts_with("vh") || unit.starts_with('%')) value *= 10;
  return negative ? -value : value;
}

std::optional<std::uint32_t> read_colour(std::string_view text) {
  std::array<char, kValueBytesMax> buffer;
  text = normal(text, buffer);
  text = text.substr(0, text.find_first_of(" !"));
  if (text.starts_with('#')) {
    text.remove_prefix(1);
    if (text.size() != 3 && text.size() != 6) return std::nullopt;
    std::uint32_t value = 0;
    for (const char c : text) {
      const int digit = c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
      if (digit < 0) return std::nullopt;
      value = value * 16 + static_cast<std::uint32_t>(digit);
      if (text.size() == 3) value = value * 16 + static_cast<std::uint32_t>(digit);
    }
    return value;
  }
  if (text == "white") return 0xFFFFFF;
  if (text == "black") return 0;
  if (text == "red") return 0xFF0000;
  return std::nullopt;
}

InlineStyle read_style(std::string_view declarations) {
  InlineStyle style;
  std::array<char, kValueBytesMax> name_buffer, value_buffer;
  while (!declarations.empty()) {
    const std::size_t end = std::min(declarations.find(';'), declarations.size());
    const std::string_view one = declarations.substr(0, end);
    declarations.remove_prefix(std::min(end + 1, declarations.size()));
    const std::size_t colon = one.find(':');
    if (colon == std::string_view::npos) continue;
    if (!may_matter(trim(one.substr(0, colon)))) continue;
    std::string_view value = normal(one.substr(colon + 1), value_buffer);
    if (const std::size_t bang = value.find('!'); bang != std::string_view::npos)
      value = trim(value.substr(0, bang));
    read_declaration(normal(one.substr(0, colon), name_buffer), value, style);
  }
  if (style.thin && style.overflow_hidden) style.hidden |= kZeroSize;
  if (style.colour.has_value() && style.background.has_value() && style.colour == style.background) {
    style.hidden |= kSameColour;
  }
  return style;
}

void HiddenNames::read(std::string_view css) {
  int depth = 0;
  std::size_t from = 0;  // where the selectors began
  std::string_view selectors;
  bool in_rule = false;
  for (std::size_t at = 0;; ++at) {
    const char* stop =
        find_any<'{', '}', '/'>(css.data() + std::min(at, css.size()), css.data() + css.size());
    at = static_cast<std::size_t>(stop - css.data());
    if (at >= css.size()) return;
    const char c = css[at];
    if (c == '/' && at + 1 < css.size() && css[at + 1] == '*') {
      const std::size_t end = css.find("*/", at + 2);
      if (end == std::string_view::npos) return;
      if (trim(css.substr(from, at - from)).empty()) from = end + 2;
      at = end + 1;
    } else if (c == '{') {
      if (depth++ == 0) {
        selectors = trim(css.substr(from, at - from));
        in_rule = !selectors.starts_with('@');
      }
      from = at + 1;
    } else if (c == '}') {
      if (depth == 1 && in_rule && names_.size() < kMax) add(selectors, css.substr(from, at - from));
      if (depth > 0) --depth;
      from = at + 1;
    }
  }
}

void HiddenNames::add(std::string_view selectors, std::string_view declarations) {
  int hides = -1;  // not asked yet: most rules have no selector that counts
  each_simple(selectors, [&](std::string_view one) {
    if (hides < 0) hides = (read_style(declarations).hidden & kHiddenInline) != 0 ? 1 : 0;
    if (hides == 0 || names_.size() >= kMax) return;
    names_.insert(one);
    marks_[mark(one)] = true;
  });
}

bool HiddenNames::hides(char kind, std::string_view name) const {
  std::array<char, 128> key;
  if (name.empty() || name.size() >= key.size()) return false;
  key[0] = kind;
  name.copy(key.data() + 1, name.size());
  if (!marks_[mark(std::string_view(key.data(), name.size() + 1))]) return false;
  return names_.contains(std::string_view(key.data(), name.size() + 1));
}

}  // namespace vedette::sites
