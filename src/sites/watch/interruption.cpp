#include "sites/watch/interruption.h"

#include <cmath>

namespace vedette::sites {
namespace {

std::string_view key_of(net::FetchFailure failure) {
  using enum net::FetchFailure;
  switch (failure) {
    case kNone:
      return "sites.outage.status";
    case kDns:
      return "sites.outage.dns";
    case kConnect:
      return "sites.outage.connect";
    case kTls:
      return "sites.outage.tls";
    case kTimeout:
      return "sites.outage.timeout";
    case kTooLarge:
      return "sites.outage.too_large";
    case kTooManyRedirects:
      return "sites.outage.redirects";
    case kRefusedAddress:
      return "sites.outage.refused_address";
    case kLedInside:
      return "sites.outage.led_inside";
    case kTruncated:
      return "sites.outage.truncated";
    case kProtocol:
      return "sites.outage.protocol";
    case kCancelled:
      return "sites.outage.cancelled";
  }
  return "sites.outage.protocol";
}

Interruption describe(Message message) {
  Interruption out;
  out.english = render(message, Language::kEnglish);
  out.message = std::move(message);
  return out;
}

}  // namespace

std::optional<Interruption> interruption_of(const net::FetchResult& fetch) {
  if (fetch.failure != net::FetchFailure::kNone) {
    return describe({std::string(key_of(fetch.failure)), {{"detail", cut_text(fetch.failure_detail, 300)}}});
  }
  if (fetch.status >= 500 || fetch.status == 0) {
    return describe({"sites.outage.status", {{"status", std::to_string(fetch.status)}}});
  }
  return std::nullopt;
}

Interruption interruption_of(const Judgement& judgement, const net::FetchResult& fetch) {
  if (!judgement.findings.empty()) return describe(judgement.findings.front().reason);
  if (fetch.status >= 400)
    return describe({"sites.outage.status", {{"status", std::to_string(fetch.status)}}});
  return describe({"sites.outage.page", {}});
}

Condition down_condition(const Interruption& interruption, const Asset& asset) {
  Condition c;
  c.kind = "unavailable";
  c.severity = Severity::kHigh;
  c.confidence = 95;
  c.title = {"sites.unavailable", {{"site", asset.name}}};
  c.reason = interruption.message;
  c.next_step = {"sites.unavailable.next", {}};
  c.after = interruption.english;
  return c;
}

Condition slow_condition(const AvailabilityState& state, std::int64_t latency_ms, const Asset& asset) {
  std::map<std::string, std::string> arguments{{"site", asset.name},
                                               {"latency", std::to_string(latency_ms)},
                                               {"usual", std::to_string(std::llround(state.latency_ms))}};
  Condition c;
  c.kind = "slow";
  c.severity = Severity::kLow;
  c.confidence = 80;
  c.title = {"sites.slow", arguments};
  c.reason = {"sites.slow.reason", arguments};
  c.next_step = {"sites.slow.next", {}};
  return c;
}

}  // namespace vedette::sites
