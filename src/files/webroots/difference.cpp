#include "files/webroots/difference.h"

#include <algorithm>

#include "base/text/utf8.h"

namespace vedette::files {
namespace {
constexpr std::size_t kContext = 80;

std::string region(std::string_view text, std::size_t from, std::size_t to, std::size_t bytes_max) {
  auto start = from > kContext ? from - kContext : 0;
  if (auto line = text.substr(start, from - start).rfind('\n'); line != std::string_view::npos)
    start += line + 1;
  auto end = std::min(text.size(), to + kContext);
  if (auto line = text.substr(to, end - to).find('\n'); line != std::string_view::npos) end = to + line;
  return readable(text.substr(start, end - start), bytes_max);
}
}  // namespace

std::string readable(std::string_view bytes, std::size_t bytes_max) {
  auto out = repair_utf8(bytes.substr(0, bytes_max));
  std::ranges::replace(out, '\0', ' ');
  if (out.size() <= bytes_max) return out;
  auto end = bytes_max;
  while (end > 0 && (static_cast<unsigned char>(out[end]) & 0xC0) == 0x80) --end;
  out.resize(end);
  return out;
}

Difference difference_of(std::string_view before, std::string_view after, std::size_t bytes_max) {
  auto shorter = std::min(before.size(), after.size());
  std::size_t head = 0, tail = 0;
  while (head < shorter && before[head] == after[head]) ++head;
  while (tail < shorter - head && before[before.size() - 1 - tail] == after[after.size() - 1 - tail]) ++tail;
  Difference out;
  out.line = 1 + static_cast<std::size_t>(std::ranges::count(after.substr(0, head), '\n'));
  out.before = region(before, head, before.size() - tail, bytes_max);
  out.after = region(after, head, after.size() - tail, bytes_max);
  return out;
}

}  // namespace vedette::files
