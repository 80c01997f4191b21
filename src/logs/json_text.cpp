#include "logs/json_text.h"

#include "base/text/utf8.h"

namespace vedette::logs {
namespace {

// The four hexadecimal digits at `at`, or a negative number.
std::int32_t unit_at(std::string_view text, std::size_t at) {
  if (text.size() < at + 4) return -1;
  std::int32_t unit = 0;
  for (char c : text.substr(at, 4)) {
    const auto lower = static_cast<char>(c | 0x20);
    if (c >= '0' && c <= '9')
      unit = unit * 16 + (c - '0');
    else if (lower >= 'a' && lower <= 'f')
      unit = unit * 16 + (lower - 'a' + 10);
    else
      return -1;
  }
  return unit;
}

}  // namespace

std::size_t unescape_one(std::string_view escaped, std::size_t& at, char* out) {
  out[0] = '\\';
  if (at + 1 >= escaped.size()) {
    ++at;
    return 1;
  }
  const char kind = escaped[at + 1];
  static constexpr std::string_view kKinds = "\"\\/bfnrt", kMeaning = "\"\\/\b\f\n\r\t";
  if (const auto which = kKinds.find(kind); which != std::string_view::npos) {
    out[0] = kMeaning[which];
    at += 2;
    return 1;
  }
  auto unit = kind == 'u' ? unit_at(escaped, at + 2) : -1;
  if (unit < 0) {  // no escape of JSON: the backslash stands for itself
    ++at;
    return 1;
  }
  at += 6;
  auto code = static_cast<std::uint32_t>(unit);
  if (code >= 0xD800 && code <= 0xDFFF) {
    const bool high = code < 0xDC00;
    const auto low = high && escaped.substr(at).starts_with("\\u") ? unit_at(escaped, at + 2) : -1;
    if (low >= 0xDC00 && low <= 0xDFFF) {
      code = 0x10000 + ((code - 0xD800) << 10) + (static_cast<std::uint32_t>(low) - 0xDC00);
      at += 6;
    } else {
      code = kReplacement;
    }
  }
  return encode_utf8(code, out);
}

void unescape_json(std::string_view escaped, std::string& out) {
  for (std::size_t at = 0; at < escaped.size();) {
    const auto next = std::min(escaped.find('\\', at), escaped.size());
    out.append(escaped, at, next - at);
    at = next;
    if (at == escaped.size()) return;
    char bytes[4];
    out.append(bytes, unescape_one(escaped, at, bytes));
  }
}

}  // namespace vedette::logs
