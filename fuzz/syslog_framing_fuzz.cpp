// Syslog framing: whatever comes, in whatever pieces, the messages are the same and none is longer than the
// bound.
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "base/assert.h"
#include "net/syslog_framing.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  constexpr std::size_t kMax = 48;
  if (size == 0) return 0;
  const std::size_t piece = data[0] % 17 + 1;
  const std::string_view bytes(reinterpret_cast<const char*>(data + 1), size - 1);
  std::vector<std::string> whole, pieces;
  bool whole_good = true, pieces_good = true;
  {
    vedette::net::SyslogFraming framing(kMax);
    auto take = [&](std::string_view message) { whole.emplace_back(message); };
    whole_good = framing.feed(bytes, take);
    if (whole_good) framing.finish(take);
  }
  {
    vedette::net::SyslogFraming framing(kMax);
    auto take = [&](std::string_view message) { pieces.emplace_back(message); };
    for (std::size_t at = 0; pieces_good && at < bytes.size(); at += piece)
      pieces_good = framing.feed(bytes.substr(at, piece), take);
    if (pieces_good) framing.finish(take);
  }
  VEDETTE_ASSERT(whole_good == pieces_good && whole == pieces);
  for (const auto& message : whole) VEDETTE_ASSERT(!message.empty() && message.size() <= kMax);
  return 0;
}
