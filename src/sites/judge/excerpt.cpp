#include "sites/judge/excerpt.h"

namespace vedette::sites {
namespace {

// Length of the well-formed UTF-8 sequence at `at` (Unicode 15, table 3-7); 0: malformed.
std::size_t sequence_at(std::string_view text, std::size_t at) {
  auto byte = [&](std::size_t i) {
    return at + i < text.size() ? static_cast<unsigned char>(text[at + i]) : 0u;
  };
  auto tail = [&](std::size_t i) { return (byte(i) & 0xc0u) == 0x80u; };
  const unsigned lead = byte(0);
  if (lead < 0x80) return 1;
  if (lead >= 0xc2 && lead <= 0xdf) return tail(1) ? 2 : 0;
  if (lead >= 0xe0 && lead <= 0xef) {
    const bool ok =
        tail(1) && tail(2) && !(lead == 0xe0 && byte(1) < 0xa0) && !(lead == 0xed && byte(1) > 0x9f);
    return ok ? 3 : 0;
  }
  if (lead >= 0xf0 && lead <= 0xf4) {
    const bool ok = tail(1) && tail(2) && tail(3) && !(lead == 0xf0 && byte(1) < 0x90) &&
                    !(lead == 0xf4 && byte(1) > 0x8f);
    return ok ? 4 : 0;
  }
  return 0;
}

}  // namespace

std::string clipped(std::string_view text, std::size_t bytes_max) {
  constexpr std::string_view kMore = "…";
  std::string out;
  std::size_t room_end = 0;  // where the ellipsis would still fit
  for (std::size_t i = 0; i < text.size();) {
    const std::size_t size = sequence_at(text, i);
    std::string_view piece = size == 0 ? std::string_view("\xef\xbf\xbd") : text.substr(i, size);
    i += size == 0 ? 1 : size;
    const char c = piece.front();
    if (piece.size() == 1 && static_cast<unsigned char>(c) < ' ' && c != '\n') piece = " ";
    if (piece == " " && (out.empty() || out.back() == ' ')) continue;
    if (out.size() + piece.size() > bytes_max) {
      out.resize(room_end);
      if (bytes_max >= kMore.size()) out += kMore;
      return out;
    }
    out += piece;
    if (out.size() + kMore.size() <= bytes_max) room_end = out.size();
  }
  return out;
}

}  // namespace vedette::sites
