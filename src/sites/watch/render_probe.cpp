#include "sites/watch/render_probe.h"

#include <algorithm>

#include "base/hash.h"
#include "net/url.h"

namespace vedette::sites {
namespace {

constexpr int kFullEvery = 10;
constexpr int kVolatileVisits = 3;

std::string domain_of(std::string_view url) {
  auto parsed = net::parse_url(url);
  return parsed ? net::registrable_domain(parsed->host) : std::string();
}

std::string field(const net::FetchResult& result, std::string_view name) {
  for (const auto& [key, value] : result.headers) {
    if (std::ranges::equal(key, name,
                           [](char a, char b) { return (a >= 'A' && a <= 'Z' ? a + 32 : a) == b; }))
      return value;
  }
  return {};
}

}  // namespace

ScriptProbe::ScriptProbe(const WatchParts& parts, Suspect suspect)
    : parts_(parts), suspect_(std::move(suspect)) {}

ScriptProbe::~ScriptProbe() { stop(); }

void ScriptProbe::start() {
  thread_ = std::jthread([this] { run(); });
}

void ScriptProbe::close() {
  std::lock_guard lock(mutex_);
  closed_ = true;
}

void ScriptProbe::stop() {
  close();
  queue_.close();
  if (thread_.joinable()) thread_.join();
}

void ScriptProbe::learn(const std::string& id, const std::string& url,
                        const std::vector<std::string>& scripts) {
  auto order = scripts;
  auto own = domain_of(url);
  std::ranges::stable_partition(order, [&](const std::string& script) { return domain_of(script) == own; });
  if (order.size() > kScriptsMax) order.resize(kScriptsMax);
  std::lock_guard lock(mutex_);
  if (sites_.size() > parts_.sites.size())
    std::erase_if(sites_, [&](const auto& item) { return !parts_.sites.find(item.first); });
  Scripts& known = sites_[id];
  std::vector<Script> next;
  for (auto& script : order) {
    auto same = std::ranges::find(known.list, script, &Script::url);
    if (same != known.list.end()) {
      next.push_back(std::move(*same));
    } else {
      next.emplace_back().url = std::move(script);
    }
  }
  known.list = std::move(next);
  known.suspected = false;
}

void ScriptProbe::ask(const std::string& id) {
  auto record = parts_.sites.find(id);
  if (!record) return;
  net::FetchRequest base;
  std::string own;
  {
    std::lock_guard lock(record->mutex);
    if (record->removed || !may_look(record->site.config)) return;
    base = request_for(record->site, *parts_.options(), parts_.inner_hosts);
    base.from_outside = record->outside.value_or(true);
    own = net::origin_of(record->site.config.url);
  }
  base.body_bytes_max = kBytesMax;
  bool suspected = false;
  {
    std::lock_guard lock(mutex_);
    auto found = sites_.find(id);
    suspected = found == sites_.end() || found->second.suspected;
    if (!suspected && !closed_ && found->second.waiting == 0) {
      Scripts& known = found->second;
      std::size_t left = kPerCheck;
      for (std::size_t i = 0; i < known.list.size(); ++i) {
        Script& script = known.list[(known.next + i) % known.list.size()];
        if (!script.sha256.empty() && left == 0) continue;  // what is not known yet is asked at once
        if (!script.sha256.empty()) --left;
        auto request = base;
        request.url = script.url;
        if (net::origin_of(script.url) != own) {  // what is the site's own secret stays with the site
          request.headers.clear();
          request.basic_user.clear();
          request.basic_password = {};
          request.bearer_token = {};
        }
        if (script.visits % kFullEvery != 0) {
          request.etag = script.etag;
          request.last_modified = script.last_modified;
        }
        auto begun =
            parts_.fetcher.fetch(std::move(request), [this, id, url = script.url](net::FetchResult result) {
              answered({id, url, std::move(result)});
            });
        if (begun) ++known.waiting;
      }
      known.next += kPerCheck;
    }
  }
  if (suspected) suspect_(id);
}

// On the fetcher's thread.
void ScriptProbe::answered(Answer answer) {
  std::string id = answer.id;
  if (queue_.push(std::move(answer)) == Push::kTaken) return;
  std::lock_guard lock(mutex_);
  if (auto found = sites_.find(id); found != sites_.end() && found->second.waiting > 0)
    --found->second.waiting;
}

void ScriptProbe::run() {
  while (auto answer = queue_.pop()) {
    if (compare(*answer)) suspect_(answer->id);
  }
}

bool ScriptProbe::compare(const Answer& answer) {
  const auto& result = answer.result;
  bool whole = result.failure == net::FetchFailure::kNone && result.status == 200;
  auto sha256 = whole ? sha256_hex(result.body) : std::string();
  std::lock_guard lock(mutex_);
  auto found = sites_.find(answer.id);
  if (found == sites_.end()) return false;
  Scripts& known = found->second;
  if (known.waiting > 0) --known.waiting;
  auto script = std::ranges::find(known.list, answer.url, &Script::url);
  if (script == known.list.end()) return false;
  if (result.status == 304) ++script->visits;
  if (!whole) return false;
  bool changed = !script->sha256.empty() && script->sha256 != sha256;
  script->sha256 = std::move(sha256);
  script->etag = field(result, "etag");
  script->last_modified = field(result, "last-modified");
  ++script->visits;
  script->changes += changed;
  bool restless = script->visits > kVolatileVisits && script->changes * 3 >= script->visits;
  if (!changed || restless || closed_) return false;
  known.suspected = true;
  return true;
}

}  // namespace vedette::sites
