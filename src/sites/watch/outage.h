// Outage: why a fetch gave no page, in words for a person. Pure.
#pragma once

#include <optional>
#include <string>

#include "net/fetcher.h"
#include "sites/judge/judge.h"
#include "sites/watch/availability.h"
#include "sites/watch/question.h"

namespace vedette::sites {

struct Outage {
  std::string english;
  Message message;
};

// No answer, an incomplete one or a server error (5xx): nothing about the page's content can be said.
std::optional<Outage> outage_of(const net::FetchResult& fetch);
// The judge saw an error, challenge or login page.
Outage outage_of(const Judgement& judgement, const net::FetchResult& fetch);

Condition down_condition(const Outage& outage, const Asset& asset);
Condition slow_condition(const AvailabilityState& state, std::int64_t latency_ms, const Asset& asset);

}  // namespace vedette::sites
