#include "logs/read/reader.h"

namespace vedette::logs {

void ReadCounters::add_unparsed(std::uint64_t position, std::string_view text) {
  ++unparsed;
  if (samples.size() < kSamplesMax)
    samples.push_back({position, std::string(text.substr(0, kSampleBytesMax))});
}

}  // namespace vedette::logs
