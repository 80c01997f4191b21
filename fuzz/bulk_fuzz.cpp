// The bulk body that log shippers send: whatever comes, each event has its action, and all are pieces of the
// body.
#include <cstddef>
#include <cstdint>

#include "base/assert.h"
#include "server/logs/bulk_routes.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view body(reinterpret_cast<const char*>(data), size);
  auto bulk = vedette::server::read_bulk(body);
  if (!bulk) return 0;
  VEDETTE_ASSERT(!bulk->events.empty() && bulk->events.size() == bulk->actions.size());
  for (const auto& event : bulk->events) VEDETTE_ASSERT(!event.empty() && body.find(event) != body.npos);
  return 0;
}
