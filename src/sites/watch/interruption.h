// Interruption: why a fetch gave no page, in words for a person. Pure.
#pragma once

#include <optional>
#include <string>

#include "net/fetcher.h"
#include "sites/judge/judge.h"
#include "sites/watch/availability.h"
#include "sites/watch/question.h"

namespace vedette::sites {

struct Interruption {
  std::string english;
  Message message;
};

// No answer, an incomplete one or a server error (5xx): nothing about the page's content can be said.
std::optional<Interruption> interruption_of(const net::FetchResult& fetch);
// The judge saw an error, challenge or login page.
Interruption interruption_of(const Judgement& judgement, const net::FetchResult& fetch);

Condition down_condition(const Interruption& interruption, const Asset& asset);
Condition slow_condition(const AvailabilityState& state, std::int64_t latency_ms, const Asset& asset);

}  // namespace vedette::sites
