#include "server/advisories/advisory_pages.h"

#include <boost/json.hpp>
#include <condition_variable>
#include <mutex>

#include "base/hash.h"
#include "base/id.h"
#include "base/log.h"
#include "base/thread_name.h"
#include "server/logs/advisory_watch.h"
#include "sites/watch/examiner.h"
#include "store/read_value.h"

namespace vedette::server {
namespace {

namespace json = boost::json;
constexpr auto kEvery = std::chrono::seconds(10);
constexpr int kRefreshEvery = 6;  // of these
constexpr std::size_t kPart = 100;

constexpr store::Migration kAdvisoryPageSteps[] = {
    {"advisory_pages", 1, "indicators that were met on pages", R"sql(
CREATE TABLE advisory_page_hits(
  site_id TEXT NOT NULL, advisory_id TEXT NOT NULL, indicator TEXT NOT NULL, place TEXT NOT NULL, met_now INTEGER NOT NULL,
  PRIMARY KEY(site_id, advisory_id, indicator));
CREATE TABLE advisory_page_looks(advisory_id TEXT PRIMARY KEY, pages BIGINT NOT NULL, finished_at BIGINT NOT NULL);
)sql"}};

enum class When { kNow, kBefore, kOver };

Finding page_finding(const Clock& clock, const sites::Site& site, const PageHit& hit, When when,
                     const sites::Snapshot* seen) {
  Finding out;
  out.uid = new_id(clock);
  out.watch = Watch::kSites;
  out.kind = "advisory_match";
  out.asset = sites::asset_of(site);
  out.severity = hit.advisory ? hit.advisory->severity : Severity::kHigh;
  // What is listed stands there; whether it did harm is not known yet.
  out.confidence = 80;
  out.observed_at = clock.wall();
  out.where = hit.place;
  out.dedup_key = fmt::format("sites/{}/advisory/{}/{}", site.id, hit.advisory_id,
                              sha256_hex(hit.indicator).substr(0, 16));
  std::map<std::string, std::string> arguments{
      {"site", out.asset.name}, {"indicator", hit.indicator}, {"place", hit.place}, {"address", hit.address}};
  if (hit.advisory) {
    arguments["advisory"] = hit.advisory->title;
    arguments["reference"] = hit.advisory->reference;
    arguments["authority"] = hit.advisory->authority;
  }
  if (seen) {
    arguments["seen"] = to_rfc3339(seen->at);
    out.evidence.push_back({"page", seen->sha256, "after"});
  }
  if (when == When::kOver) out.state = FindingState::kResolved;
  const auto* how = when == When::kNow ? "reason" : when == When::kBefore ? "before" : "over";
  out.title = {when == When::kOver ? "sites.advisory_match.over_title" : "sites.advisory_match.title",
               arguments};
  out.reason = {fmt::format("sites.advisory_match.{}", how), arguments};
  out.next_step = {when == When::kOver ? "sites.advisory_match.over_next" : "sites.advisory_match.next",
                   std::move(arguments)};
  return out;
}

Result<void> keep_said(store::Session& session, const std::string& site_id, const PageHit& hit, bool now) {
  TRY(session.execute(
      "DELETE FROM advisory_page_hits WHERE site_id = ? AND advisory_id = ? AND indicator = ?",
      {site_id, hit.advisory_id, hit.indicator}));
  TRY(session.execute(
      "INSERT INTO advisory_page_hits(site_id, advisory_id, indicator, place, met_now) VALUES (?,?,?,?,?)",
      {site_id, hit.advisory_id, hit.indicator, hit.place, std::int64_t{now ? 1 : 0}}));
  return {};
}

bool is_page(const sites::Snapshot& one) { return one.kind != "screenshot"; }

// Another list is another fingerprint.
std::string fingerprint(const std::vector<desk::Advisories::Watched>& watched) {
  std::string all;
  for (const auto& one : watched) all += fmt::format("{} {}\n", one.advisory.id, one.indicators.size());
  return sha256_hex(all);
}

}  // namespace

std::span<const store::Migration> advisory_page_migrations() { return kAdvisoryPageSteps; }

void AdvisoryPages::start() {
  thread_ = std::jthread([this](const std::stop_token& stop) {
    name_thread("advisory-pages");
    run(stop);
  });
}

void AdvisoryPages::stop() { thread_ = {}; }

void AdvisoryPages::run(const std::stop_token& stop) {
  std::mutex mutex;
  std::condition_variable_any woken;
  for (int turn = 0; !stop.stop_requested(); ++turn) {
    auto looked = turn % kRefreshEvery == 0 ? refresh() : Result<void>();
    if (looked) looked = look(stop);
    if (!looked)
      log::warn("sites", "pages could not be held against the advisories",
                {{"error.message", looked.error().full()}});
    std::unique_lock lock(mutex);
    woken.wait_for(lock, stop, kEvery, [] { return false; });
  }
}

Result<void> AdvisoryPages::refresh() {
  TRY_ASSIGN(watched_, advisories_.watched(clock_.wall()));
  list_ = watch_list_of(watched_);
  fingerprint_ = fingerprint(watched_);
  return {};
}

Result<void> AdvisoryPages::look(const std::stop_token& stop) {
  if (!list_) TRY(refresh());
  TRY_ASSIGN(auto sites, all_sites());
  for (const auto& site : sites) {
    if (stop.stop_requested()) return {};
    if (site.last_snapshot.empty()) continue;
    auto& seen = seen_[site.id];
    if (const auto fresh = site.last_snapshot + fingerprint_; seen != fresh) {
      TRY(look_at(site, *list_));
      seen = fresh;
    }
  }
  for (const auto& one : watched_) {
    if (stop.stop_requested()) return {};
    TRY_ASSIGN(const bool done, looked_back(one.advisory.id));
    if (done) continue;
    const auto alone = watch_list_of({one});
    std::size_t pages = 0;
    for (const auto& site : sites) {
      TRY(look_back(site, *alone, pages, stop));
      if (stop.stop_requested()) return {};  // it begins anew at the next start
    }
    TRY(database_.write([&](store::Session& session) -> Result<void> {
      TRY(session.execute("INSERT INTO advisory_page_looks(advisory_id, pages, finished_at) VALUES (?,?,?)",
                          {one.advisory.id, static_cast<std::int64_t>(pages), to_unix_ms(clock_.wall())}));
      return {};
    }));
  }
  return {};
}

Result<void> AdvisoryPages::look_at(const sites::Site& site, const logs::WatchList& list) {
  TRY_ASSIGN(auto said, said_of(site.id));
  if (list.empty() && said.empty()) return {};
  sites::Snapshot meta;
  auto body = sites_.snapshot_content(site.last_snapshot, &meta);
  if (!body && body.error().code() == ErrorCode::kNotFound) return {};  // it went meanwhile
  if (!body) return std::unexpected(std::move(body).error());
  if (!is_page(meta)) return {};
  TRY_ASSIGN(auto redirects, redirects_of(site.id));
  std::vector<Finding> findings;
  std::vector<std::pair<PageHit, bool>> rows;
  for (auto& hit : indicators_in(list, *body, site.config.url, redirects)) {
    auto& known = said[{hit.advisory_id, hit.indicator}];
    const bool fresh = !known.now;
    known.now = false;  // what is still marked afterwards is not there any more
    if (!fresh) continue;
    findings.push_back(page_finding(clock_, site, hit, When::kNow, &meta));
    rows.emplace_back(std::move(hit), true);
  }
  for (const auto& [key, known] : said) {
    if (!known.now) continue;
    PageHit gone{.advisory_id = key.first, .indicator = key.second, .place = known.place};
    findings.push_back(page_finding(clock_, site, gone, When::kOver, nullptr));
    rows.emplace_back(std::move(gone), false);
  }
  if (findings.empty()) return {};
  return desk_.report_alongside(findings, [&](store::Session& session) -> Result<void> {
    for (const auto& [hit, now] : rows) TRY(keep_said(session, site.id, hit, now));
    return {};
  });
}

Result<void> AdvisoryPages::look_back(const sites::Site& site, const logs::WatchList& list,
                                      std::size_t& pages, const std::stop_token& stop) {
  TRY_ASSIGN(auto said, said_of(site.id));
  sites::Paging place{"", kPart};
  do {
    TRY_ASSIGN(auto part, sites_.snapshots(site.id, place));
    for (const auto& one : part.items) {
      if (stop.stop_requested() || pages >= kPagesMax) return {};
      if (!is_page(one)) continue;
      auto body = sites_.snapshot_content(one.id, nullptr);
      if (!body) continue;  // it went meanwhile, or the site watch says itself what is wrong with it
      ++pages;
      for (const auto& hit : indicators_in(list, *body, site.config.url, {})) {
        if (!said.emplace(std::pair(hit.advisory_id, hit.indicator), Said{}).second) continue;
        TRY(desk_.report_alongside(
            {page_finding(clock_, site, hit, When::kBefore, &one)},
            [&](store::Session& session) { return keep_said(session, site.id, hit, false); }));
      }
    }
    place.cursor = part.next_cursor;
  } while (!place.cursor.empty());
  return {};
}

Result<std::vector<std::string>> AdvisoryPages::redirects_of(const std::string& site_id) {
  TRY_ASSIGN(auto text, sites_.details_json(site_id));
  std::vector<std::string> out;
  json::error_code error;
  const auto details = json::parse(text, error);
  const auto* object = error ? nullptr : details.if_object();
  const auto* hops = object ? object->if_contains("redirects") : nullptr;
  if (!hops || !hops->is_array()) return out;
  for (const auto& hop : hops->get_array()) {
    const auto* to = hop.is_object() ? hop.get_object().if_contains("to") : nullptr;
    if (to && to->is_string()) out.emplace_back(to->get_string());
  }
  return out;
}

Result<AdvisoryPages::SaidOfSite> AdvisoryPages::said_of(const std::string& site_id) {
  return store::read_value(database_, [&](store::Session& session) -> Result<SaidOfSite> {
    TRY_ASSIGN(auto rows,
               session.query(
                   "SELECT advisory_id, indicator, place, met_now FROM advisory_page_hits WHERE site_id = ?",
                   {site_id}));
    SaidOfSite out;
    for (const auto& row : rows) out[{row.text(0), row.text(1)}] = {row.integer(3) != 0, row.text(2)};
    return out;
  });
}

Result<std::vector<sites::Site>> AdvisoryPages::all_sites() {
  std::vector<sites::Site> out;
  sites::SiteWatch::Query query{"", "", "", {"", 1'000}};
  do {
    TRY_ASSIGN(auto part, sites_.list(query));
    std::ranges::move(part.items, std::back_inserter(out));
    query.page.cursor = part.next_cursor;
  } while (!query.page.cursor.empty());
  return out;
}

Result<bool> AdvisoryPages::looked_back(const std::string& advisory_id) {
  return store::read_value(database_, [&](store::Session& session) -> Result<bool> {
    TRY_ASSIGN(auto rows,
               session.query("SELECT 1 FROM advisory_page_looks WHERE advisory_id = ?", {advisory_id}));
    return !rows.empty();
  });
}

}  // namespace vedette::server
