// Signs of life: what a host tells of itself, what it is told back, and hosts that are not heard of.
#include <boost/json.hpp>

#include "server/hosts/host_rows.h"

namespace vedette::server {
namespace json = boost::json;
namespace {

// A console shows when a host was last heard of; so often it is told at least.
constexpr auto kTellEvery = std::chrono::seconds(60);
// An attack that was seen so lately is worth hearing of its host often.
constexpr auto kFresh = std::chrono::hours(1);
constexpr std::size_t kToldMax = 100'000;

}  // namespace

bool Hosts::worth_telling(const Host& host, const std::optional<HostState>& state) {
  auto now = clock_.steady();
  std::lock_guard lock(told_mutex_);
  if (told_.size() >= kToldMax) told_.clear();
  auto [at, fresh] = told_.try_emplace(host.id, now);
  bool same = host.state && state && looks_the_same(*host.state, *state) && !host.silent;
  if (!fresh && same && now - at->second < kTellEvery) return false;
  at->second = now;
  return true;
}

Result<Hosts::Beat> Hosts::heard(const Host& host, const HostFacts& facts, const std::string& address,
                                 std::optional<WallTime> host_clock, const std::optional<HostState>& state) {
  TRY(check_facts(facts));
  auto now = clock_.wall();
  store::Value skew;
  if (host_clock) skew = (*host_clock - now).count();
  Beat out;
  std::vector<std::string> sent;
  auto note = [&](store::Session& session) -> Result<void> {
    out = {};
    sent.clear();
    TRY_ASSIGN(auto done,
               session.execute(
                   "UPDATE hosts SET name = ?, os = ?, kernel = ?, arch = ?, version = ?, address = ?, "
                   "last_seen_at = ?, clock_skew_ms = ?, silent = 0, state = ? WHERE id = ? AND "
                   "revoked_at IS NULL",
                   {facts.name, facts.os, facts.kernel, facts.arch, facts.version, address, to_unix_ms(now),
                    skew, state ? json::serialize(to_json(*state)) : std::string(), host.id}));
    if (done == 0) return fail(ErrorCode::kUnauthorized, "this host was revoked meanwhile");
    if (!state) return {};  // an agent of before: it takes no orders
    TRY_ASSIGN(out.orders, orders_.take_due(session, host.id, sent));
    TRY_ASSIGN(auto rows, session.query("SELECT h.policy_version, h.group_name, g.policy FROM hosts h LEFT "
                                        "JOIN host_groups g ON g.name = h.group_name WHERE h.id = ?",
                                        {host.id}));
    if (rows[0].integer(0) != state->policy_version) {
      auto policy = policy_from(rows[0].text(1), rows[0].text_or(2, "{}"));
      auto payload = policy_payload(policy, host.id, rows[0].integer(0), now);
      out.policy = SignedText{payload, key_.sign(payload)};
    }
    TRY_ASSIGN(auto fresh, session.query("SELECT 1 FROM file_incidents WHERE host_id = ? AND state IN "
                                         "('open', 'frozen') AND received_at > ? LIMIT 1",
                                         {host.id, to_unix_ms(now - kFresh)}));
    out.soon = !out.orders.empty() || out.policy || !fresh.empty();
    return {};
  };
  if (!host.silent) {
    TRY(database_.write(note));
  } else {
    auto back = own_finding(host, "agent_silent", Severity::kHigh, {});
    back.state = FindingState::kResolved;
    back.reason = {"hosts.agent_silent.back", back.reason.arguments};
    TRY(desk_.report_alongside({back}, note));
  }
  if (worth_telling(host, state)) news_.tell(HostNews::What::kHost, host.id);
  for (const auto& id : sent) news_.tell(HostNews::What::kFileIncident, id);
  return out;
}

Result<void> Hosts::tick() {
  TRY(orders_.tick());
  auto now = clock_.wall();
  if (clock_.steady() - started_ < options_.silent_after) return {};
  std::vector<Host> silent;
  TRY(database_.read([&](store::Session& session) -> Result<void> {
    TRY_ASSIGN(auto rows, session.query(sql_hosts("WHERE h.silent = 0 AND h.revoked_at IS NULL AND "
                                                  "h.last_seen_at < ? LIMIT 100"),
                                        {to_unix_ms(now - options_.silent_after)}));
    for (const auto& row : rows) silent.push_back(host_of(row));
    return {};
  }));
  for (const auto& host : silent) {
    auto finding =
        own_finding(host, "agent_silent", Severity::kHigh, {{"since", to_rfc3339(host.last_seen_at)}});
    TRY(desk_.report_alongside({finding}, [&](store::Session& session) -> Result<void> {
      // It may have been heard of meanwhile: then nothing of this is kept, and the next look sees it.
      TRY_ASSIGN(auto done, session.execute("UPDATE hosts SET silent = 1 WHERE id = ? AND last_seen_at = ?",
                                            {host.id, to_unix_ms(host.last_seen_at)}));
      return done == 1 ? Result<void>() : fail(ErrorCode::kConflict, "the host was heard of meanwhile");
    }));
    news_.tell(HostNews::What::kHost, host.id);
  }
  return {};
}

}  // namespace vedette::server
