// What a server answers an agent, and what the guard's own process tells it: any bytes as a signed object, as
// the payload of an order or of a policy, as a snapshot of an incident, as a Retry-After. Whatever is taken
// lies within the stated bounds; what is told on is valid UTF-8 of bounded length.
#include <boost/json.hpp>
#include <cstdint>

#include "agent/incident_records.h"
#include "agent/protocol.h"
#include "agent/signed_order.h"
#include "base/assert.h"
#include "base/text/utf8.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace vedette;
  using namespace vedette::agent;
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  if (auto order = read_order(input, "h1")) {
    VEDETTE_ASSERT(!order->id.empty() && order->id.size() <= 128);
    VEDETTE_ASSERT(!order->incident_id.empty() && order->incident_id.size() <= 128);
  }
  if (auto policy = read_policy(input, "h1")) {
    VEDETTE_ASSERT(policy->version >= 1 && policy->vault_bytes > 0);
    VEDETTE_ASSERT(policy->trees.size() <= Policy::kTreesMax &&
                   policy->exclude.size() <= Policy::kExcludesMax &&
                   policy->web_roots.size() <= Policy::kWebRootsMax);
    for (const auto* list : {&policy->trees, &policy->exclude, &policy->web_roots})
      for (const auto& path : *list)
        VEDETTE_ASSERT(path.size() > 1 && path.size() <= Policy::kPathMax && path.front() == '/' &&
                       (path + "/").find("/../") == std::string::npos &&
                       path.find('\0') == std::string::npos);
  }
  if (auto seconds = retry_after_of(input)) VEDETTE_ASSERT(seconds->count() >= 0 && seconds->count() <= 3600);
  boost::json::parse_options limits;
  limits.max_depth = 8;
  limits.allow_invalid_utf8 = true;
  boost::json::error_code error;
  auto value = boost::json::parse(input, error, {}, limits);
  if (error) return 0;
  // Nobody has the key these would have to be signed with.
  static const std::string key(43, 'A');
  VEDETTE_ASSERT(!verified_payload(value, key + "="));
  if (!value.is_object()) return 0;
  const ManualClock clock;
  if (auto finding = incident_finding(value.get_object(), {"h1", "host"}, clock)) {
    for (const auto& [name, argument] : finding->reason.arguments)
      VEDETTE_ASSERT(argument.size() <= 512 && is_valid_utf8(argument));
    VEDETTE_ASSERT(finding->dedup_key.starts_with("files/h1/incident/"));
  }
  VEDETTE_ASSERT(is_valid_utf8(report_record(value.get_object(), 1, 1)));
  auto half = input.substr(0, size / 2);
  VEDETTE_ASSERT(is_valid_utf8(notice_record(half, notice_text(half, input, input, "host", 1), input)));
  return 0;
}
