// What an agent tells: its state, the snapshot of a file incident, a part of a rollback's report. Whatever is
// taken must be written so that it is taken again, and within its bounds.
#include <boost/json.hpp>
#include <cstdint>

#include "base/assert.h"
#include "base/text/utf8.h"
#include "server/hosts/file_incident.h"
#include "server/hosts/host_state.h"

namespace json = boost::json;
using namespace vedette;
using namespace vedette::server;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  json::parse_options limits;
  limits.max_depth = 16;
  json::error_code error;
  auto value = json::parse({reinterpret_cast<const char*>(data), size}, error, {}, limits);
  if (error) return 0;
  if (auto state = host_state_from_json(value)) {
    auto written = to_json(*state);
    auto again = host_state_from_json(written);
    VEDETTE_ASSERT(again && to_json(*again) == written);
    VEDETTE_ASSERT(state->sights.size() <= 16 && state->trees.size() <= 64 && state->web_roots.size() <= 256);
  }
  if (auto snapshot = incident_snapshot_from_json(value)) {
    auto files = json::parse(snapshot->files_json);
    VEDETTE_ASSERT(files.as_array().size() <= 1'000 && snapshot->reasons.size() <= 16);
    VEDETTE_ASSERT(json::parse(snapshot->actor_json).as_object().at("lineage").as_array().size() <= 32);
    VEDETTE_ASSERT(messages_from(messages_json(snapshot->reasons)) == snapshot->reasons);
    VEDETTE_ASSERT(is_valid_utf8(snapshot->files_json) && is_valid_utf8(snapshot->actor_json));
  }
  if (auto part = incident_report_from_json(value))
    VEDETTE_ASSERT(json::parse(part->files_json).as_array().size() <= 1'000 && part->parts <= 1'000);
  return 0;
}
