// What a person asks of the watch and answers to it: history, snapshots, approval, ignored places, windows,
// sights.
#include "base/id.h"
#include "base/log.h"
#include "model/refusal.h"
#include "net/url.h"
#include "sites/watch/compare.h"
#include "sites/watch/details.h"
#include "sites/watch/site_watch_impl.h"

namespace vedette::sites {
namespace {
constexpr std::chrono::hours kWindowMax{24 * 7};
constexpr std::size_t kIgnoresMax = 200;

// What the slow looks saw and did not see of one site; under its record's lock.
std::vector<Sight> look_sights(const SiteRecord& record, const SiteWatchOptions& options) {
  std::vector<Sight> out;
  auto add = [&](Look look, std::string what, std::chrono::seconds interval) {
    bool off = interval.count() <= 0, done = record.looks.was_done(look);
    out.push_back({std::move(what),
                   !off && done,
                   off    ? "sites.sight.off"
                   : done ? ""
                          : "sites.sight.not_yet",
                   {}});
  };
  auto url = net::parse_url(record.site.config.url);
  if (url && has_dns_name(url->host)) {
    add(Look::kDns, "sites.sight.dns", options.dns_interval);
    if (out.back().ok && record.looks.failing > 0) {
      out.back() = {"sites.sight.dns",
                    false,
                    "sites.sight.dns.failing",
                    {{"failing", std::to_string(record.looks.failing)},
                     {"asked", std::to_string(record.looks.resolvers)}}};
    }
  }
  add(Look::kResources, "sites.sight.resources", options.resource_interval);
  if (out.back().ok && record.looks.led_inside > 0) {
    out.back() = {"sites.sight.resources",
                  false,
                  "sites.sight.resources.inside",
                  {{"count", std::to_string(record.looks.led_inside)}}};
  }
  add(Look::kCloak, "sites.sight.cloaking", options.cloak_interval);
  if (out.back().ok && record.looks.robot_refused)
    out.back() = {"sites.sight.cloaking", false, "sites.sight.cloaking.refused", {}};
  return out;
}
}  // namespace

Result<Listing<Check>> SiteWatchImpl::checks(const std::string& id, const Paging& page) {
  TRY_ASSIGN(auto known, record(id));
  Listing<Check> out;
  TRY(database_.read([&](store::Session& session) -> Result<void> {
    TRY_ASSIGN(out, load_checks(session, id, page));
    return {};
  }));
  return out;
}

Result<Listing<Snapshot>> SiteWatchImpl::snapshots(const std::string& id, const Paging& page) {
  TRY_ASSIGN(auto known, record(id));
  Listing<Snapshot> out;
  TRY(database_.read([&](store::Session& session) -> Result<void> {
    TRY_ASSIGN(out, load_snapshots(session, id, page));
    return {};
  }));
  return out;
}

Result<std::string> SiteWatchImpl::snapshot_content(const std::string& snapshot_id, Snapshot* meta) {
  StoredSnapshot stored;
  TRY(database_.read([&](store::Session& session) -> Result<void> {
    TRY_ASSIGN(stored, load_snapshot(session, snapshot_id));
    return {};
  }));
  if (meta != nullptr) *meta = stored.snapshot;
  return snapshots_.get(stored.snapshot.sha256);
}

Result<std::vector<CompareBlock>> SiteWatchImpl::compare(const std::string& before_id,
                                                         const std::string& after_id) {
  StoredSnapshot before, after;
  TRY(database_.read([&](store::Session& session) -> Result<void> {
    TRY_ASSIGN(before, load_snapshot(session, before_id));
    TRY_ASSIGN(after, load_snapshot(session, after_id));
    return {};
  }));
  if (before.snapshot.kind == "screenshot" || after.snapshot.kind == "screenshot") {
    return refuse(ErrorCode::kInvalid, "site.by_eye");
  }
  TRY_ASSIGN(auto before_body, snapshots_.get(before.snapshot.sha256));
  TRY_ASSIGN(auto after_body, snapshots_.get(after.snapshot.sha256));
  return compare_pages({before_body, before.url, before.content_type},
                       {after_body, after.url, after.content_type});
}

Result<void> SiteWatchImpl::approve(const std::string& id, const std::string& snapshot_id,
                                    const std::string& by, const Alongside& also) {
  TRY_ASSIGN(auto record, this->record(id));
  auto approved = [&](store::Session& session) -> Result<void> {
    TRY(mark_approved(session, snapshot_id));
    return also ? also(session, id) : Result<void>();
  };
  StoredSnapshot stored;
  TRY(database_.read([&](store::Session& session) -> Result<void> {
    TRY_ASSIGN(stored, load_snapshot(session, snapshot_id));
    return {};
  }));
  if (stored.site_id != id) return refuse(ErrorCode::kNotFound, "site.other_site");
  if (stored.snapshot.kind == "visitor_page") {
    return refuse(ErrorCode::kInvalid, "site.visitor_page");
  }
  if (stored.snapshot.kind != "page") {
    // The picture alone is approved with the next look, unless that names an attacker.
    {
      std::lock_guard lock(record->mutex);
      Outcome outcome;
      outcome.site = record->site;
      outcome.memory = record->memory;
      outcome.memory.shown.accept = true;
      outcome.memory.shown.tried_at = {};
      auto memory = outcome.memory;
      TRY(committer_.push_and_wait(std::move(outcome), approved));
      record->memory = std::move(memory);
      if (running_ && record->site.config.enabled) pipeline_->check_now(id);
    }
    log::info("sites", "a picture was approved",
              {{"site.id", id}, {"snapshot.id", snapshot_id}, {"user.name", by}});
    return {};
  }
  TRY_ASSIGN(auto body, snapshots_.get(stored.snapshot.sha256));

  std::lock_guard lock(record->mutex);
  TRY_ASSIGN(auto profile, profiles_.borrow(id, "page"));
  profile.approve({stored.url, stored.http_status, stored.content_type, body});
  Outcome outcome;
  outcome.profiles.emplace_back("page", profile.serialize());
  auto memory = record->memory;
  memory.body_sha256.clear();  // the page that stands there is judged again
  memory.etag.clear();
  memory.last_modified.clear();
  memory.shown.accept = true;
  memory.shown.tried_at = {};
  memory.reference_sha256 = stored.snapshot.sha256;
  if (auto origin = net::origin_of(stored.url);
      !origin.empty() && std::ranges::find(memory.origins, origin) == memory.origins.end()) {
    memory.origins.push_back(origin);
  }
  outcome.site = record->site;
  outcome.site.reference_snapshot = snapshot_id;
  outcome.memory = memory;
  // What was not stored must not hold in memory either: the changed profile goes away with a failure.
  TRY(committer_.push_and_wait(std::move(outcome), approved));
  profiles_.give_back(id, "page", std::move(profile));
  record->memory = std::move(memory);
  record->site.reference_snapshot = snapshot_id;
  log::info("sites", "a version was approved",
            {{"site.id", id}, {"snapshot.id", snapshot_id}, {"user.name", by}});
  if (running_ && record->site.config.enabled) pipeline_->check_now(id);
  return {};
}

Result<IgnoreRule> SiteWatchImpl::ignore(const std::string& id, const std::string& where,
                                         const std::string& reason, const std::string& by,
                                         const Alongside& also) {
  TRY_ASSIGN(auto record, this->record(id));
  if (where.empty() || where.size() > 2048) return refuse(ErrorCode::kInvalid, "site.where");
  IgnoreRule rule{new_id(clock_), where, reason.substr(0, 1000), by, clock_.wall()};
  std::lock_guard lock(record->mutex);
  if (record->ignored.size() >= kIgnoresMax) {
    return refuse(ErrorCode::kLimit, "site.ignores", {{"most", std::to_string(kIgnoresMax)}});
  }
  TRY(database_.write([&](store::Session& session) -> Result<void> {
    TRY(insert_ignore(session, id, rule));
    return also ? also(session, id) : Result<void>();
  }));
  record->ignored.push_back(where);
  if (running_ && record->site.config.enabled) pipeline_->check_now(id);
  return rule;
}

Result<void> SiteWatchImpl::unignore(const std::string& id, const std::string& rule_id, const std::string& by,
                                     const Alongside& also) {
  TRY_ASSIGN(auto record, this->record(id));
  std::lock_guard lock(record->mutex);
  std::vector<IgnoreRule> left;
  TRY(database_.write([&](store::Session& session) -> Result<void> {
    TRY(delete_ignore(session, id, rule_id));
    TRY_ASSIGN(left, load_ignores(session, id));
    return also ? also(session, id) : Result<void>();
  }));
  record->ignored.clear();
  for (auto& rule : left) record->ignored.push_back(std::move(rule.where));
  record->memory.body_sha256.clear();  // judge it again, even where the server says "not modified"
  record->memory.etag.clear();
  record->memory.last_modified.clear();
  log::info("sites", "an ignored place is watched again", {{"site.id", id}, {"user.name", by}});
  if (running_ && record->site.config.enabled) pipeline_->check_now(id);
  return {};
}

Result<std::vector<IgnoreRule>> SiteWatchImpl::ignores(const std::string& id) {
  TRY_ASSIGN(auto known, record(id));
  std::vector<IgnoreRule> out;
  TRY(database_.read([&](store::Session& session) -> Result<void> {
    TRY_ASSIGN(out, load_ignores(session, id));
    return {};
  }));
  return out;
}

Result<void> SiteWatchImpl::change_window(const std::string& id, std::optional<WallTime> until,
                                          const Alongside& also) {
  TRY_ASSIGN(auto record, this->record(id));
  {
    std::lock_guard lock(record->mutex);
    auto before = record->site;
    record->site.window_until = until;
    record->site.state = shown(*record).state;
    Outcome outcome;
    outcome.site = record->site;
    outcome.memory = record->memory;
    if (auto stored = committer_.push_and_wait(
            std::move(outcome),
            [&](store::Session& session) { return also ? also(session, id) : Result<void>(); });
        !stored) {
      record->site = std::move(before);
      return stored;
    }
    if (running_ && record->site.config.enabled) pipeline_->check_now(id);
  }
  notify(id);
  return {};
}

Result<void> SiteWatchImpl::open_window(const std::string& id, std::chrono::minutes length,
                                        const std::string& reason, const std::string& by,
                                        const Alongside& also) {
  if (length < std::chrono::minutes(1) || length > kWindowMax) {
    return refuse(ErrorCode::kInvalid, "site.minutes");
  }
  TRY(change_window(id, clock_.wall() + length, also));
  log::info(
      "sites", "a change window is open",
      {{"site.id", id}, {"minutes", length.count()}, {"reason", reason.substr(0, 200)}, {"user.name", by}});
  return {};
}

Result<void> SiteWatchImpl::close_window(const std::string& id, const std::string& by,
                                         const Alongside& also) {
  TRY(change_window(id, std::nullopt, also));
  log::info("sites", "a change window is closed", {{"site.id", id}, {"user.name", by}});
  return {};
}

Result<std::string> SiteWatchImpl::details_json(const std::string& id) {
  TRY_ASSIGN(auto known, record(id));
  std::map<std::string, std::string> parts;
  TRY(database_.read([&](store::Session& session) -> Result<void> {
    for (std::string part : {"connection", "dns", "resources"}) {
      TRY_ASSIGN(auto value, load_part(session, id, part));
      if (!value.empty()) parts[part] = std::move(value);
    }
    return {};
  }));
  return join_details(parts);
}

std::vector<Sight> SiteWatchImpl::sights() {
  std::vector<Sight> out;
  auto late = pipeline_ ? pipeline_->late() : std::chrono::milliseconds(0);
  bool on_time = late <= std::chrono::seconds(30);
  out.push_back({"sites.sight.schedule",
                 on_time,
                 on_time ? "" : "sites.sight.schedule.late",
                 {{"seconds", std::to_string(late.count() / 1000)}}});
  const auto& losses = retention_.losses();
  bool kept = losses.unwritten() == 0;
  out.push_back({"sites.sight.snapshots",
                 kept,
                 kept ? "" : "sites.sight.snapshots.failed",
                 {{"count", std::to_string(losses.unwritten())}}});
  bool full = losses.bytes_beyond() > 0, early = losses.taken_early() > 0;
  out.push_back({"sites.sight.room",
                 !full && !early,
                 full    ? "sites.sight.room.full"
                 : early ? "sites.sight.room.early"
                         : "",
                 {{"count", std::to_string(losses.taken_early())},
                  {"beyond", std::to_string((losses.bytes_beyond() >> 20) + 1)}}});
  bool reporting = !reporter_.failing();
  out.push_back({"sites.sight.sink",
                 reporting,
                 reporting ? "" : "sites.sight.sink.failing",
                 {{"count", std::to_string(reporter_.waiting())}}});
  if (rota_) {
    auto [asked, failing] = rota_->resolvers();
    out.push_back({"sites.sight.dns",
                   failing == 0,
                   failing == 0 ? "" : "sites.sight.dns.failing",
                   {{"asked", std::to_string(asked)}, {"failing", std::to_string(failing)}}});
  }
  auto current = options();
  if (current->dns_interval.count() <= 0) out.push_back({"sites.sight.dns", false, "sites.sight.off", {}});
  if (current->resource_interval.count() <= 0)
    out.push_back({"sites.sight.resources", false, "sites.sight.off", {}});
  if (current->cloak_interval.count() <= 0)
    out.push_back({"sites.sight.cloaking", false, "sites.sight.off", {}});
  if (render_) {
    for (auto& sight : render_->sights()) out.push_back(std::move(sight));
  }
  return out;
}

Result<std::vector<Sight>> SiteWatchImpl::site_sights(const std::string& id) {
  TRY_ASSIGN(auto record, this->record(id));
  std::lock_guard lock(record->mutex);
  Site site = shown(*record);
  std::vector<Sight> out;
  bool answers = site.state != SiteState::kUnavailable;
  bool login = site.http_status == 401 || site.http_status == 403;
  out.push_back({"sites.sight.page",
                 answers && !login,
                 login     ? "sites.sight.page.login"
                 : answers ? ""
                           : "sites.sight.page.unavailable",
                 {}});
  bool learned = site.learned >= site.learn_target;
  out.push_back({"sites.sight.profile",
                 learned,
                 learned ? "" : "sites.sight.profile.learning",
                 {{"learned", std::to_string(site.learned)}, {"target", std::to_string(site.learn_target)}}});
  if (record->secrets_lost) out.push_back({"sites.sight.secrets", false, "sites.sight.secrets.lost", {}});
  for (auto& sight : look_sights(*record, *options())) out.push_back(std::move(sight));
  const auto& shown = record->memory.shown;
  bool browser = render_ && render_->sees();
  std::string unseen = !browser                                     ? "sites.sight.rendered.none"
                       : site.config.render == RenderPolicy::kNever ? "sites.sight.rendered.never"
                       : !site.config.proxy.empty()                 ? "sites.sight.rendered.proxy"
                       : !shown.failure.empty()                     ? "sites.sight.rendered.failed"
                       : shown.learned == 0 && learned              ? "sites.sight.rendered.not_yet"
                                                                    : "";
  out.push_back({"sites.sight.rendered", unseen.empty(), unseen, {{"detail", shown.failure}}});
  if (record->memory.shell) {
    bool seen = unseen.empty();
    out.push_back({"sites.sight.shell", seen, seen ? "" : "sites.sight.shell.unseen", {}});
  }
  return out;
}

std::vector<Queue> SiteWatchImpl::queues() {
  std::vector<Queue> out;
  if (pipeline_) {
    out.push_back(
        {"sites.on_the_way", pipeline_->in_flight(), pipeline_->in_flight_max(), pipeline_->refused()});
    out.push_back({"sites.judge", pipeline_->judge_depth(), pipeline_->judge_capacity(), 0});
  }
  if (rota_) out.push_back({"sites.slow_looks", rota_->depth(), rota_->capacity(), rota_->missed()});
  if (render_) out.push_back(render_->queue());
  out.push_back({"sites.commit", committer_.depth(), committer_.capacity(), 0});
  out.push_back({"sites.report", reporter_.waiting(), 0, 0});
  out.push_back({"sites.notices", notices_.size(), notices_.capacity(), notices_.dropped()});
  return out;
}

}  // namespace vedette::sites
