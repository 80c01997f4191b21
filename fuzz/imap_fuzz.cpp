// What an IMAP server answers: whatever the bytes are, the numbers are sound and each message is listed once.
#include <cstdint>
#include <string_view>

#include "base/assert.h"
#include "net/imap.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace vedette::net;
  const std::string_view answer(reinterpret_cast<const char*>(data), size);
  if (const auto state = parse_imap_state(answer))
    VEDETTE_ASSERT(state->uid_validity != 0 && state->uid_next != 0);
  std::uint32_t before = 0;
  for (const auto& one : parse_imap_list(answer)) {
    VEDETTE_ASSERT(one.uid > before);
    before = one.uid;
  }
  (void)is_imap_folder_name(answer);
  return 0;
}
