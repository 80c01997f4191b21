#include "sites/watch/slow_look.h"

#include <algorithm>
#include <condition_variable>

#include "base/log.h"
#include "net/dns.h"
#include "net/request_gate.h"
#include "net/url.h"
#include "sites/watch/dns_watch.h"
#include "sites/watch/resource_watch.h"

namespace vedette::sites {
namespace {

constexpr std::size_t kResolversPerSite = 8;
constexpr std::size_t kResolversMax = 256;
constexpr auto kDnsTimeout = std::chrono::milliseconds(2000);

std::vector<std::string> resolvers_of(const Site& site, const SiteWatchOptions& options) {
  auto out = !site.config.dns_resolvers.empty() ? site.config.dns_resolvers
             : !options.dns_resolvers.empty()   ? options.dns_resolvers
                                                : net::system_resolvers();
  if (out.size() > kResolversPerSite) out.resize(kResolversPerSite);
  return out;
}

}  // namespace

bool has_dns_name(std::string_view host) {
  if (host.empty() || host.front() == '[' || host == "localhost" || host.ends_with(".localhost"))
    return false;
  return host.find_first_not_of("0123456789.") != std::string_view::npos;
}

LookEnd SlowLook::look(const RecordPtr& record, Look look) {
  Target target;
  target.options = parts_.options();
  {
    std::lock_guard lock(record->mutex);
    if (record->removed || !record->site.config.enabled) return LookEnd::kDropped;
    bool answers = !record->memory.availability.down;
    if (record->site.learned < target.options->learn_fetches || (look != Look::kDns && !answers)) {
      return LookEnd::kNotYet;
    }
    target.site = record->site;
    target.memory = record->memory;
    target.outside = record->outside;
  }
  switch (look) {
    case Look::kDns:
      return dns(record, target);
    case Look::kResources:
      return resources(record, target);
    case Look::kCloak:
      return cloak(record, target);
  }
  return LookEnd::kNothing;
}

void SlowLook::close() {
  std::lock_guard lock(gate_);
  closed_ = true;
}

SlowLook::Resolvers SlowLook::resolvers() const {
  std::lock_guard lock(resolvers_mutex_);
  Resolvers out;
  for (const auto& [resolver, answers] : resolvers_) {
    ++out.asked;
    out.failing += !answers;
  }
  return out;
}

LookEnd SlowLook::dns(const RecordPtr& record, const Target& target) {
  auto url = net::parse_url(target.site.config.url);
  if (!url || !has_dns_name(url->host)) {
    std::lock_guard lock(record->mutex);
    // An address that had a name before may have left a question open.
    if (!stale(*record, target) && record->memory.open.open(Question::kDns)) {
      commit(*record, Look::kDns, {"dns", "{}"}, Question::kDns, std::vector<Condition>{}, {});
    }
    return LookEnd::kNothing;
  }
  std::vector<DnsAnswer> answers;
  for (const auto& resolver : resolvers_of(target.site, *target.options)) {
    bool answered = false, silent = false;
    for (auto type : {net::DnsType::kA, net::DnsType::kAaaa, net::DnsType::kNs, net::DnsType::kMx}) {
      if (closed_) return LookEnd::kDropped;
      DnsAnswer answer{resolver, std::string(net::to_string(type)), {}, ""};
      if (silent) {  // one time-out a round is enough to know
        answer.error = "no answer";
        answers.push_back(std::move(answer));
        continue;
      }
      auto values = type == net::DnsType::kNs ? net::dns_zone_servers(url->host, resolver, kDnsTimeout)
                    : type == net::DnsType::kMx
                        ? net::dns_query(net::registrable_domain(url->host), type, resolver, kDnsTimeout)
                        : net::dns_query(url->host, type, resolver, kDnsTimeout);
      if (values) {
        answer.values = *std::move(values);
      } else if (values.error().code() != ErrorCode::kNotFound) {  // not found: there is no such record
        answer.error = cut_text(values.error().message(), 200);
        silent = values.error().code() == ErrorCode::kTimeout;
      }
      answered = answered || answer.error.empty();
      answers.push_back(std::move(answer));
    }
    std::lock_guard lock(resolvers_mutex_);
    if (resolvers_.size() < kResolversMax || resolvers_.contains(resolver)) resolvers_[resolver] = answered;
  }
  if (answers.empty()) return LookEnd::kNothing;
  auto state = dns_from_json(stored_part(target.site.id, "dns"));

  std::lock_guard lock(record->mutex);
  if (stale(*record, target)) return LookEnd::kDropped;
  auto round = see_dns(state, std::move(answers), url->host, in_window(*record));
  record->looks.resolvers = round.asked;
  record->looks.failing = round.failing;
  // A resolver that is silent now may be the one that strayed: nothing is in order again without its answer.
  std::optional<std::vector<Condition>> conditions;
  if (round.failing == 0 || !round.conditions.empty()) conditions = std::move(round.conditions);
  commit(*record, Look::kDns, {"dns", dns_to_json(state)}, Question::kDns, std::move(conditions),
         std::move(round.events));
  return LookEnd::kDone;
}

LookEnd SlowLook::resources(const RecordPtr& record, const Target& target) {
  if (target.site.reference_snapshot.empty()) return LookEnd::kNotYet;
  StoredSnapshot page;
  auto found = parts_.database.read([&](store::Session& session) -> Result<void> {
    TRY_ASSIGN(page, load_snapshot(session, target.site.reference_snapshot));
    return {};
  });
  if (!found) return LookEnd::kNotYet;
  auto body = parts_.snapshots.get(page.snapshot.sha256);
  if (!body) return LookEnd::kNotYet;
  auto state = resources_from_json(stored_part(target.site.id, "resources"));
  see_links(state, *body, page.url, page.content_type);
  auto urls = next_visits(state);

  std::vector<net::FetchRequest> requests;
  auto own = net::origin_of(target.site.config.url);
  // Not fetched since the start: its name tells, where nothing stands between.
  const bool outside =
      target.outside ? *target.outside : !net::only_private(net::host_of(target.site.config.url));
  for (const auto& url : urls) {
    auto request = request_for(target.site, *target.options, parts_.inner_hosts);
    request.url = url;
    request.body_bytes_max = kResourceBytesMax;
    request.from_outside = outside;
    if (net::origin_of(url) != own) {  // what is the site's own secret stays with the site
      request.headers.clear();
      request.basic_user.clear();
      request.basic_password = {};
      request.bearer_token = {};
    }
    request.headers.emplace_back("Referer", page.url);
    requests.push_back(std::move(request));
  }
  auto results = fetch_all(std::move(requests));
  if (!results) return LookEnd::kDropped;

  std::lock_guard lock(record->mutex);
  if (stale(*record, target)) return LookEnd::kDropped;
  auto now = parts_.clock.wall();
  std::vector<Condition> events;
  record->looks.led_inside = static_cast<int>(
      std::ranges::count(*results, net::FetchFailure::kLedInside, &net::FetchResult::failure));
  for (std::size_t i = 0; i < urls.size(); ++i) {
    const auto& result = (*results)[i];
    if (result.failure != net::FetchFailure::kNone || result.status != 200) {
      miss_resource(state, urls[i], now);
      continue;
    }
    auto seen =
        see_resource(state, urls[i], result.body, page.url, asset_of(record->site), now, in_window(*record));
    if (seen.script_changed) script_changed(record->memory.shown, now);
    for (auto& event : seen.events) events.push_back(std::move(event));
  }
  commit(*record, Look::kResources, {"resources", resources_to_json(state)}, Question::kResources,
         std::nullopt, std::move(events));
  return urls.empty() ? LookEnd::kNothing : LookEnd::kDone;
}

std::optional<std::vector<net::FetchResult>> SlowLook::fetch_all(std::vector<net::FetchRequest> requests) {
  struct Slots {
    std::mutex mutex;
    std::condition_variable filled;
    std::vector<net::FetchResult> results;
    std::size_t missing = 0;
  };
  auto slots = std::make_shared<Slots>();
  slots->results.resize(requests.size());
  slots->missing = requests.size();
  auto fill = [slots](std::size_t i, net::FetchResult result) {
    std::lock_guard lock(slots->mutex);
    slots->results[i] = std::move(result);
    --slots->missing;
    slots->filled.notify_all();
  };
  for (std::size_t i = 0; i < requests.size(); ++i) {
    std::lock_guard lock(gate_);
    net::FetchResult refused;
    refused.failure = net::FetchFailure::kCancelled;
    if (closed_ || !parts_.fetcher.fetch(std::move(requests[i]), [fill, i](net::FetchResult result) {
          fill(i, std::move(result));
        })) {
      fill(i, std::move(refused));
    }
  }
  std::unique_lock lock(slots->mutex);
  slots->filled.wait(lock, [&] { return slots->missing == 0; });
  if (std::ranges::any_of(slots->results,
                          [](const auto& r) { return r.failure == net::FetchFailure::kCancelled; })) {
    return std::nullopt;
  }
  return std::move(slots->results);
}

std::string SlowLook::stored_part(const std::string& id, const std::string& part) {
  std::string out;
  auto read = parts_.database.read([&](store::Session& session) -> Result<void> {
    TRY_ASSIGN(out, load_part(session, id, part));
    return {};
  });
  if (!read) {
    log::error("sites", "what a slow look learnt cannot be read; it learns anew",
               {{"site.id", id}, {"part", part}, {"error.message", read.error().full()}});
  }
  return out;
}

bool SlowLook::stale(const SiteRecord& record, const Target& target) const {
  return record.removed || !record.site.config.enabled || record.site.config.url != target.site.config.url;
}

bool SlowLook::in_window(const SiteRecord& record) const {
  return record.site.window_until && *record.site.window_until > parts_.clock.wall();
}

void SlowLook::commit(SiteRecord& record, Look look, std::pair<std::string, std::string> part,
                      Question question, std::optional<std::vector<Condition>> conditions,
                      std::vector<Condition> events, std::vector<StoredSnapshot> evidence) {
  auto ignored = [&](const Condition& c) {
    return std::ranges::find(record.ignored, c.where) != record.ignored.end();
  };
  auto asset = asset_of(record.site);
  bool first = !record.looks.was_done(look);
  record.looks.done_of(look) = parts_.clock.wall();
  Outcome outcome;
  if (conditions) {
    std::erase_if(*conditions, ignored);
    outcome.findings = record.memory.open.answer(question, *std::move(conditions), asset, parts_.clock);
  }
  std::erase_if(events, ignored);
  for (auto& finding : OpenQuestions::tell(question, std::move(events), asset, parts_.clock)) {
    outcome.findings.push_back(std::move(finding));
  }
  record.site.state =
      state_of(record.site, record.memory, parts_.clock.wall(), parts_.options()->learn_fetches);
  outcome.site = record.site;
  outcome.memory = record.memory;
  outcome.parts.push_back(std::move(part));
  outcome.parts.emplace_back("rota", looks_to_json(record.looks));
  if (!outcome.findings.empty()) outcome.snapshots = std::move(evidence);
  bool news = first || !outcome.findings.empty();
  auto due = look == Look::kResources
                 ? look_due(record.site, record.memory, *parts_.options(), parts_.clock.wall())
                 : LookDue::kNo;
  parts_.committer.push(std::move(outcome), [this, news, due, id = record.site.id] {
    if (news && parts_.changed) parts_.changed(id);
    if (due == LookDue::kChanged && parts_.look) parts_.look(id, due);
  });
}

}  // namespace vedette::sites
