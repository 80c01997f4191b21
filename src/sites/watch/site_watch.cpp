// Life, sites and listings of the watch; the operator's answers are in site_answers.cpp.
#include "sites/watch/site_watch.h"

#include <algorithm>

#include "base/id.h"
#include "base/log.h"
#include "model/refusal.h"
#include "sites/watch/site_config.h"
#include "sites/watch/site_watch_impl.h"

namespace vedette::sites {
namespace {

constexpr std::size_t kProfilesInMemory = 256;

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return out;
}

}  // namespace

SiteWatchImpl::SiteWatchImpl(SiteWatchOptions options, store::Database& database, FindingSink& sink,
                             const Clock& clock, Metrics& metrics)
    : options_(std::make_shared<SiteWatchOptions>(std::move(options))),
      database_(database),
      clock_(clock),
      metrics_(metrics),
      snapshots_(options_->snapshot_folder),
      profiles_(database, kProfilesInMemory),
      committer_(database, metrics),
      reporter_(database, sink, clock, metrics),
      retention_(database, sites_, snapshots_, sink, clock, metrics) {
  inner_hosts_.allow(options_->inner_hosts);
}

SiteWatchImpl::~SiteWatchImpl() { stop(); }

std::shared_ptr<const SiteWatchOptions> SiteWatchImpl::options() const {
  std::lock_guard lock(mutex_);
  return options_;
}

void SiteWatchImpl::reload(const SiteWatchOptions& options) {
  auto next = std::make_shared<SiteWatchOptions>(options);
  std::shared_ptr<const SiteWatchOptions> before;
  {
    std::lock_guard lock(mutex_);
    next->snapshot_folder = options_->snapshot_folder;  // moving evidence or the key needs a restart
    next->key_file = options_->key_file;
    before = std::exchange(options_, std::move(next));
  }
  inner_hosts_.allow(options.inner_hosts);
  bool other_rota = before->dns_interval != options.dns_interval ||
                    before->resource_interval != options.resource_interval ||
                    before->cloak_interval != options.cloak_interval;
  if (!running_ || !other_rota) return;
  for (const auto& record : sites_.all()) rota_->add(record);
}

// Rows written before secrets were sealed. What they leave in free pages goes with their next use.
Result<void> SiteWatchImpl::seal_clear(const std::vector<StoredSite>& stored) {
  if (std::ranges::none_of(stored, [](const StoredSite& s) { return s.clear; })) return {};
  TRY(database_.write([&](store::Session& session) -> Result<void> {
    TRY(session.query("PRAGMA secure_delete = ON"));
    for (const auto& one : stored) {
      if (one.clear) TRY(update_config(session, one.site, *box_));
    }
    TRY(session.query("PRAGMA secure_delete = OFF"));
    return {};
  }));
  log::info("sites", "secrets of sites are now sealed in the database; backups made before still show them",
            {{"sites", std::ranges::count_if(stored, [](const StoredSite& s) { return s.clear; })}});
  return {};
}

Result<void> SiteWatchImpl::load() {
  std::lock_guard edit(edit_mutex_);
  {
    std::lock_guard lock(mutex_);
    if (loaded_) return {};
  }
  auto key_file = options()->key_file;
  if (key_file.empty()) key_file = database_.path().string() + ".key";
  TRY_ASSIGN(auto master, store::load_key_file(key_file));
  box_.emplace(master, "site secrets");
  std::vector<StoredSite> stored;
  std::map<std::string, std::vector<std::string>> ignored;
  std::map<std::string, LookMemory> looks;
  TRY(database_.read([&](store::Session& session) -> Result<void> {
    TRY_ASSIGN(stored, load_sites(session, *box_));
    TRY_ASSIGN(auto rows, session.query("SELECT site_id, place FROM sites_ignore"));
    for (const auto& row : rows) ignored[row.text(0)].push_back(row.text(1));
    TRY_ASSIGN(rows, session.query("SELECT site_id, value FROM sites_part WHERE part = 'rota'"));
    for (const auto& row : rows) looks[row.text(0)] = looks_from_json(row.text(1));
    return {};
  }));
  TRY(seal_clear(stored));
  for (auto& one : stored) {
    if (one.secrets_lost) {
      log::error("sites", "a site's secrets were sealed with another key file; enter them again",
                 {{"site.id", one.site.id}, {"url", one.site.config.url}});
    }
    auto record = std::make_shared<SiteRecord>();
    record->site = std::move(one.site);
    record->memory = std::move(one.memory);
    record->secrets_lost = one.secrets_lost;
    record->ignored = std::move(ignored[record->site.id]);
    record->looks = looks[record->site.id];
    inner_hosts_.watch(record->site.config.url);
    sites_.insert(std::move(record));
  }
  std::lock_guard lock(mutex_);
  loaded_ = true;
  return {};
}

Result<void> SiteWatchImpl::start() {
  VEDETTE_ASSERT(!running_);
  std::error_code error;
  auto current = options();
  std::filesystem::create_directories(current->snapshot_folder, error);
  if (error) {
    return fail(ErrorCode::kUnavailable,
                "snapshot folder " + current->snapshot_folder.string() + ": " + error.message());
  }
  if (auto loaded = load(); !loaded) return fail(std::move(loaded).error(), "starting the site watch");

  net::FetcherOptions fetching;
  fetching.parallel_max = current->fetch_parallel;
  fetching.per_host_max = current->fetch_per_host;
  fetching.held = &bodies_held_;
  fetcher_ = net::make_fetcher(fetching, clock_, metrics_);
  WatchParts parts{sites_,
                   profiles_,
                   committer_,
                   snapshots_,
                   *fetcher_,
                   database_,
                   clock_,
                   metrics_,
                   [this] { return options(); },
                   [this](const std::string& id) { notify(id); },
                   {},
                   &bodies_held_,
                   &inner_hosts_};
  render_ = std::make_unique<RenderWatch>(parts);
  parts.look = [this](const std::string& id, LookDue due) { render_->request(id, due); };
  rota_ = std::make_unique<SlowRota>(parts);
  pipeline_ = std::make_unique<CheckPipeline>(std::move(parts));
  notifier_ = std::jthread([this] { run_notifier(); });
  reporter_.start();
  committer_.start([this] { reporter_.wake(); });
  render_->start();
  pipeline_->start(current->judge_threads);
  retention_.start([this] { return options(); }, [this] { reporter_.wake(); });
  for (const auto& record : sites_.all()) {
    rota_->add(record);
    std::lock_guard lock(record->mutex);
    if (record->site.config.enabled) pipeline_->schedule_first(record->site);
  }
  rota_->start();
  running_ = true;
  log::info("sites", "the site watch is running", {{"sites", sites_.size()}});
  return {};
}

void SiteWatchImpl::stop() {
  if (!running_) return;
  running_ = false;
  rota_->close();
  render_->close();
  pipeline_->stop();
  fetcher_.reset();  // cancels what runs; its answers still find the pipeline and the rota
  rota_->stop();
  render_->stop();
  committer_.stop();
  reporter_.stop();
  retention_.stop();
  notices_.close();
  notifier_.join();
  rota_.reset();
  pipeline_.reset();
}

void SiteWatchImpl::notify(const std::string& id) {
  reporter_.wake();
  notices_.push(id);
}

void SiteWatchImpl::run_notifier() {
  while (auto id = notices_.pop()) {
    if (id->empty()) continue;
    std::vector<Changed> all;
    {
      std::lock_guard lock(mutex_);
      all = changed_;
    }
    for (const auto& changed : all) changed(*id);
  }
}

void SiteWatchImpl::on_change(Changed changed) {
  std::lock_guard lock(mutex_);
  changed_.push_back(std::move(changed));
}

Result<RecordPtr> SiteWatchImpl::record(const std::string& id) {
  TRY(load());
  auto found = sites_.find(id);
  if (!found) return refuse(ErrorCode::kNotFound, "site.gone", {{"id", id}});
  return found;
}

Site SiteWatchImpl::shown(const SiteRecord& record) const {
  Site out = record.site;
  out.learn_target = options()->learn_fetches;
  if (out.window_until && *out.window_until <= clock_.wall()) out.window_until.reset();
  out.state = state_of(out, record.memory, clock_.wall(), out.learn_target);
  return out;
}

Result<SiteConfig> SiteWatchImpl::checked(SiteConfig config) const {
  return checked_config(std::move(config), options()->allow_loopback);
}

Result<Site> SiteWatchImpl::add(const SiteConfig& wanted, const Alongside& also) {
  TRY(load());
  TRY_ASSIGN(auto config, checked(wanted));
  std::lock_guard edit(edit_mutex_);
  for (const auto& other : sites_.all()) {
    std::lock_guard lock(other->mutex);
    if (other->site.config.url == config.url) {
      return refuse(ErrorCode::kConflict, "site.watched",
                    {{"url", config.url}, {"name", other->site.config.name}});
    }
  }
  auto record = std::make_shared<SiteRecord>();
  Site& site = record->site;
  site.id = new_id(clock_);
  site.config = std::move(config);
  site.learn_target = options()->learn_fetches;
  site.created_at = site.next_check_at = clock_.wall();
  site.state = site.config.enabled ? SiteState::kLearning : SiteState::kPaused;
  TRY(database_.write([&](store::Session& session) -> Result<void> {
    TRY(insert_site(session, {record->site, record->memory}, *box_));
    return also ? also(session, site.id) : Result<void>();
  }));
  sites_.insert(record);
  inner_hosts_.watch(site.config.url);
  if (running_ && site.config.enabled) {
    pipeline_->check_now(site.id);
    rota_->add(record);
  }
  notify(site.id);
  std::lock_guard lock(record->mutex);
  return shown(*record);
}

Result<Site> SiteWatchImpl::update(const std::string& id, const SiteConfig& wanted, const Alongside& also) {
  TRY_ASSIGN(auto record, this->record(id));
  TRY_ASSIGN(auto config, checked(wanted));
  std::lock_guard edit(edit_mutex_);
  for (const auto& other : sites_.all()) {
    std::lock_guard lock(other->mutex);
    if (other->site.id != id && other->site.config.url == config.url) {
      return refuse(ErrorCode::kConflict, "site.watched",
                    {{"url", config.url}, {"name", other->site.config.name}});
    }
  }
  std::unique_lock lock(record->mutex);
  bool another_address = record->site.config.url != config.url;
  Site next = record->site;
  next.config = std::move(config);
  TRY(database_.write([&](store::Session& session) -> Result<void> {
    TRY(update_config(session, next, *box_));
    return also ? also(session, id) : Result<void>();
  }));
  inner_hosts_.unwatch(record->site.config.url);
  inner_hosts_.watch(next.config.url);
  record->site.config = next.config;
  record->secrets_lost = false;
  if (another_address) TRY(learn_anew(*record));
  auto out = shown(*record);
  lock.unlock();
  if (running_) {
    if (out.config.enabled) {
      pipeline_->check_now(id);
      rota_->add(record);
    } else {
      pipeline_->unschedule(id);
      rota_->remove(id);
    }
  }
  notify(id);
  return out;
}

// Another address is another page: what was learnt of the old one says nothing about it. Open questions stay
// open until the new page answers them. Through the committer, so that outcomes of the old address that still
// wait there are stored before.
Result<void> SiteWatchImpl::learn_anew(SiteRecord& record) {
  Site& site = record.site;
  SiteMemory memory;
  memory.open = record.memory.open;
  record.memory = std::move(memory);
  record.looks = {};
  record.connection_hash = 0;
  record.outside.reset();
  profiles_.forget(site.id);
  site.learned = 0;
  site.http_status = 0;
  site.latency_ms = 0;
  site.latency_spark.clear();
  site.last_error.clear();
  site.last_error_message = {};
  site.last_snapshot.clear();
  site.reference_snapshot.clear();
  site.last_change_at.reset();
  site.state = shown(record).state;
  Outcome outcome;
  outcome.site = site;
  outcome.memory = record.memory;
  outcome.learn_anew = true;
  return committer_.push_and_wait(std::move(outcome));
}

Result<void> SiteWatchImpl::remove(const std::string& id, const Alongside& also) {
  TRY_ASSIGN(auto record, this->record(id));
  std::lock_guard edit(edit_mutex_);
  if (running_) {
    pipeline_->unschedule(id);
    rota_->remove(id);
  }
  std::unique_lock lock(record->mutex);
  auto gone = database_.write([&](store::Session& session) -> Result<void> {
    TRY(delete_site(session, id));
    return also ? also(session, id) : Result<void>();
  });
  record->removed = gone.has_value();
  bool watched = running_ && record->site.config.enabled;
  lock.unlock();
  if (!gone) {
    if (watched) {  // it is still there
      pipeline_->check_now(id);
      rota_->add(record);
    }
    return gone;
  }
  sites_.erase(id);
  inner_hosts_.unwatch(record->site.config.url);
  profiles_.forget(id);
  notify(id);
  return {};
}

Result<Site> SiteWatchImpl::get(const std::string& id) {
  TRY_ASSIGN(auto record, this->record(id));
  std::lock_guard lock(record->mutex);
  return shown(*record);
}

Result<Listing<Site>> SiteWatchImpl::list(const Query& query) {
  TRY(load());
  Listing<Site> out;
  std::string text = lower(query.text);
  auto limit = std::clamp<std::size_t>(query.page.limit, 1, 1000);
  for (const auto& record : sites_.all()) {
    std::lock_guard lock(record->mutex);
    const Site& site = record->site;
    if (!query.page.cursor.empty() && site.id <= query.page.cursor) continue;
    const auto& tags = site.config.tags;
    if (!query.tag.empty() && std::ranges::find(tags, query.tag) == tags.end()) continue;
    if (!text.empty() && lower(site.config.name).find(text) == std::string::npos &&
        lower(site.config.url).find(text) == std::string::npos) {
      continue;
    }
    Site one = shown(*record);
    if (!query.state.empty() && to_string(one.state) != query.state) continue;
    if (out.items.size() == limit) {
      out.next_cursor = out.items.back().id;
      break;
    }
    out.items.push_back(std::move(one));
  }
  return out;
}

Result<void> SiteWatchImpl::check_now(const std::string& id) {
  TRY_ASSIGN(auto record, this->record(id));
  if (!running_) return refuse(ErrorCode::kUnavailable, "site.not_running");
  std::lock_guard lock(record->mutex);
  if (!record->site.config.enabled) return refuse(ErrorCode::kConflict, "site.paused");
  record->memory.conditional_in_row = 1'000'000;  // asked for by a person: look at the whole page
  record->memory.shown.tried_at = {};
  pipeline_->check_now(id);
  return {};
}

std::unique_ptr<SiteWatch> make_site_watch(SiteWatchOptions options, store::Database& database,
                                           FindingSink& sink, const Clock& clock, Metrics& metrics) {
  return std::make_unique<SiteWatchImpl>(std::move(options), database, sink, clock, metrics);
}

}  // namespace vedette::sites
