#include "sites/watch/render_watch.h"

#include "base/id.h"
#include "base/log.h"
#include "sites/watch/render_due.h"

namespace vedette::sites {
namespace {

using std::chrono::milliseconds;
constexpr std::chrono::hours kKeepChanged{24},
    kKeepSame{24 * 7};  // an accepted picture is kept at most so often
constexpr double kPictureOther = 0.1;
constexpr std::chrono::seconds kTrustingIdle{15};  // such sites are few: their browser ends soon

RenderRequest request_of(const SiteConfig& config, const SiteWatchOptions& options) {
  RenderRequest out;
  out.url = config.url;
  out.headers = config.headers;
  out.basic_user = config.basic_user;
  out.basic_password = config.basic_password;
  out.bearer_token = config.bearer_token;
  out.user_agent = config.user_agent.empty() ? options.user_agent : config.user_agent;
  out.verify_tls = config.verify_tls;
  out.timeout = options.look_timeout;
  return out;
}

bool is_alarmed(const SiteMemory& memory) {
  return memory.content == Verdict::kCritical || memory.content == Verdict::kWarn;
}

Outcome outcome_of(const SiteRecord& record) {
  Outcome out;
  out.site = record.site;
  out.memory = record.memory;
  return out;
}

}  // namespace

struct RenderWatch::Before {
  bool alarmed = false, suspect = false;
  std::string body, url;
  WallTime begun{};
};
struct RenderWatch::Kept {
  std::string picture_id, picture_sha256, document_id, document_sha256;
};
struct RenderWatch::Heard {
  Judgement judgement;
  bool doubtful = false;
  // Names an attacker's content: needs no second look.
  bool named() const {
    return std::ranges::any_of(judgement.findings, [](const PageFinding& f) { return f.hostile; });
  }
};

RenderWatch::RenderWatch(WatchParts parts)
    : parts_(std::move(parts)),
      allow_loopback_(parts_.options()->allow_loopback),
      dropped_(parts_.metrics.counter("vedette_sites_look_dropped_total",
                                      "Suspicions not rendered because too many waited")),
      failures_(parts_.metrics.counter("vedette_sites_look_failures_total",
                                       "Looks through the browser that failed")),
      probe_(parts_, [this](const std::string& id) { request(id, LookDue::kUrgent); }) {
  auto options = parts_.options();
  render_options_.chromium = options->chromium;
  render_options_.allow_loopback = allow_loopback_;
  if (const auto* inner = parts_.inner_hosts)
    render_options_.inner_host = [inner](std::string_view host, std::uint16_t port) {
      return inner->contains(host, port);
    };
  render_options_.proxy = options->proxy;
  render_options_.pages_at_once = kThreads;
  renderer_ = make_renderer(render_options_, parts_.clock, parts_.metrics);
  OcrOptions reading;
  reading.timeout = options->look_timeout;
  ocr_ = make_ocr(reading, parts_.clock, parts_.metrics);
}

RenderWatch::~RenderWatch() { stop(); }

void RenderWatch::start() {
  if (!sees()) return;
  probe_.start();
  for (std::size_t i = 0; i < kThreads; ++i) threads_.emplace_back([this] { run(); });
  running_ = true;
}

void RenderWatch::close() { probe_.close(); }

void RenderWatch::stop() {
  stopping_ = true;
  queue_.close();
  renderer_->stop();
  {
    std::lock_guard lock(mutex_);
    if (tour_renderer_) tour_renderer_->stop();
    for (auto& [file, renderer] : trusting_) renderer->stop();
  }
  threads_.clear();
  probe_.stop();
}

bool RenderWatch::sees() const {
  for (const auto& sight : renderer_->sights()) {
    if (sight.what == "sites.sight.rendering" && !sight.ok)
      return sight.reason.key != "sites.render.off" && sight.reason.key != "sites.render.no_chromium";
  }
  return true;
}

std::vector<Sight> RenderWatch::sights() const {
  std::vector<Sight> out;
  auto put = [&](const RenderSight& s) {
    out.push_back({s.what, s.ok, s.ok ? "" : s.reason.key, s.reason.arguments});
  };
  for (const auto& sight : renderer_->sights()) put(sight);
  auto reading = ocr_->sight();
  if (!parts_.options()->ocr) reading = {"sites.sight.ocr", false, {"sites.ocr.off", {}}};
  if (!sees()) reading = {"sites.sight.ocr", false, {"sites.sight.ocr.no_picture", {}}};
  put(reading);
  if (std::size_t behind = behind_proxy(); behind > 0 && sees())
    out.push_back({"sites.sight.rendered_proxy",
                   false,
                   "sites.sight.rendered_proxy.some",
                   {{"count", std::to_string(behind)}}});
  return out;
}

// Sites that the browser would only reach past the proxy that was given for them.
std::size_t RenderWatch::behind_proxy() const {
  std::size_t out = 0;
  for (const auto& record : parts_.sites.all()) {
    std::lock_guard lock(record->mutex);
    const auto& config = record->site.config;
    out += config.enabled && config.render != RenderPolicy::kNever && !config.proxy.empty() ? 1 : 0;
  }
  return out;
}

void RenderWatch::request(const std::string& id, LookDue due) {
  if (!running_ || stopping_ || due == LookDue::kNo) return;
  if (due == LookDue::kScripts) return probe_.ask(id);
  std::lock_guard lock(mutex_);
  auto room = due == LookDue::kRota ? kRotaMax : due == LookDue::kChanged ? kChangedMax : kQueueMax;
  if (waiting_.contains(id) || (due != LookDue::kUrgent && queue_.size() >= room)) return;
  switch (queue_.push(id)) {
    case Push::kTaken:
      waiting_.insert(id);
      break;
    case Push::kRefused:
      dropped_.add();
      break;
    default:
      break;
  }
}

void RenderWatch::run() {
  while (auto id = queue_.pop()) {
    {
      std::lock_guard lock(mutex_);
      waiting_.erase(*id);
    }
    if (stopping_) continue;
    look_at(*id);
  }
}

Result<Renderer*> RenderWatch::renderer_for(const SiteConfig& config, const SiteWatchOptions& options) {
  const std::string& ca_file = config.ca_file.empty() ? options.ca_file : config.ca_file;
  if (!ca_file.empty() && config.verify_tls && config.url.starts_with("https:")) {
    std::lock_guard lock(mutex_);
    auto found = trusting_.find(ca_file);
    if (found == trusting_.end()) {
      if (trusting_.size() == kTrustingMax) {
        return fail(ErrorCode::kLimit,
                    fmt::format("sites name more than {} files of certificate authorities; one file may hold "
                                "several authorities, and the next start begins to count anew",
                                kTrustingMax));
      }
      auto options_of = render_options_;
      options_of.ca_file = ca_file;
      options_of.idle_stop = kTrustingIdle;
      found = trusting_.emplace(ca_file, make_renderer(options_of, parts_.clock, parts_.metrics)).first;
      if (stopping_) found->second->stop();
    }
    return found->second.get();
  }
  // Tour sites are served by this machine; no other page may make Chromium reach it.
  if (!config.tour || allow_loopback_) return renderer_.get();
  std::lock_guard lock(mutex_);
  if (!tour_renderer_) {
    auto options = render_options_;
    options.allow_loopback = true;
    options.proxy.clear();
    tour_renderer_ = make_renderer(options, parts_.clock, parts_.metrics);
    if (stopping_) tour_renderer_->stop();
  }
  return tour_renderer_.get();
}

Result<PageView> RenderWatch::take(const RenderRequest& request, Renderer& renderer) {
  PageView look;
  TRY_ASSIGN(look.rendered, renderer.render(request));
  const auto& png = look.rendered.screenshot_png;
  if (png.empty()) return look;
  if (auto picture = decode_png(png)) look.picture = *std::move(picture);
  if (parts_.options()->ocr && ocr_->sight().ok && !stopping_) {
    if (auto read = ocr_->read(png)) {
      look.words = std::move(read->text);
    } else {
      log::warn("sites", "the words of a picture could not be read",
                {{"error.message", read.error().full()}});
    }
  }
  return look;
}

void RenderWatch::look_at(const std::string& id) {
  auto record = parts_.sites.find(id);
  if (!record) return;
  auto options = parts_.options();
  Before before;
  RenderRequest request;
  Renderer* renderer = nullptr;
  {
    std::lock_guard lock(record->mutex);
    if (record->removed || !may_look(record->site.config)) return;
    before = {is_alarmed(record->memory), record->memory.suspect, record->memory.body_sha256,
              record->site.config.url, parts_.clock.wall()};
    record->memory.shown.tried_at = before.begun;
    request = request_of(record->site.config, *options);
    auto found = renderer_for(record->site.config, *options);
    if (!found) return failed(*record, found.error().full());
    renderer = *found;
  }
  auto look = take(request, *renderer);
  if (stopping_) return;
  Heard first;
  auto unusable = [&] {
    return look
               ? "the page did not load in the browser (status " + std::to_string(look->rendered.status) + ")"
               : look.error().full();
  };
  {
    std::lock_guard lock(record->mutex);
    if (record->removed || record->site.config.url != before.url) return;
    if (!look || (!usable(*look) && !before.alarmed)) return failed(*record, unusable());
    if (!before.alarmed && !before.suspect) first = heard(*record, *look);
  }
  // Another answer than "as learnt" is confirmed by a second look, unless it names an attacker.
  bool named = first.named();
  if (!first.judgement.findings.empty() && !named) {
    look = take(request, *renderer);
    if (stopping_) return;
  }

  std::unique_lock lock(record->mutex);
  if (record->removed || record->site.config.url != before.url) return;
  if (!look || (!usable(*look) && !before.alarmed)) return failed(*record, unusable());
  SiteMemory& memory = record->memory;
  bool now_alarmed = is_alarmed(memory) && memory.open.open(Question::kContent);
  Outcome outcome;
  if (before.alarmed && now_alarmed) {
    memory.shown.failure.clear();
    memory.shown.body = before.body;
    alarmed(*record, *look, outcome);
  } else if (before.alarmed || before.suspect || now_alarmed || memory.suspect ||
             memory.content != Verdict::kOk) {
    // Between two answers: kept for a person, judged by nobody.
    memory.shown.failure.clear();
    keep(*record, *look, "warn", outcome);
  } else {
    auto second = heard(*record, *look);
    if (!named) {
      std::erase_if(second.judgement.findings, [&](const PageFinding& f) {
        return std::ranges::none_of(first.judgement.findings,
                                    [&](const PageFinding& g) { return f.kind == g.kind; });
      });
    }
    if (auto why = doubt(memory, *look, first, second); !why.empty()) return failed(*record, why);
    memory.shown.failure.clear();
    memory.shown.restless = before.body == memory.shown.body ? std::max(memory.shown.restless - 1, 0)
                                                             : std::min(memory.shown.restless + 1, 8);
    memory.shown.body = before.body;
    bool news = !second.judgement.findings.empty();
    if (auto done = accepted(*record, *look, std::move(second.judgement), outcome); !done)
      return failed(*record, done.error().full());
    script_shown(memory.shown, before.begun, news);
  }
  bool shell = memory.shell;
  if (shell) probe_.learn(id, look->rendered.final_url, look->rendered.scripts);
  commit(*record, std::move(outcome));
  lock.unlock();
  if (shell) probe_.ask(id);  // what the scripts hold now is what later answers are compared with
}

// Why nothing is to be said or learnt of this look; empty: it counts.
std::string RenderWatch::doubt(SiteMemory& memory, const PageView& look, const Heard& first,
                               const Heard& second) {
  int& doubts = memory.shown.doubts;
  if (second.judgement.findings.empty()) {
    doubts = 0;
    return whole(look) ? "" : "the page did not finish loading in the browser";
  }
  if (second.named() || !(first.doubtful || second.doubtful)) {
    doubts = 0;
    return {};
  }
  doubts = std::min(doubts + 1, kDoubtsMax);
  return doubts < kDoubtsMax ? "the page was not built completely in the browser" : "";
}

void RenderWatch::failed(SiteRecord& record, const std::string& why) {
  failures_.add();
  record.memory.shown.failure = cut_text(why, 300);
  script_not_shown(record.memory.shown);
  log::warn("sites", "a page could not be rendered", {{"site.id", record.site.id}, {"error.message", why}});
  commit(record, {});
}

Result<ShownProfiles> RenderWatch::borrow(const std::string& id) {
  ShownProfiles out;
  std::string visual, state;
  TRY(parts_.database.read([&](store::Session& session) -> Result<void> {
    TRY_ASSIGN(visual, load_profile(session, id, "visual"));
    TRY_ASSIGN(state, load_part(session, id, "shown"));
    return {};
  }));
  if (!visual.empty()) {
    TRY_ASSIGN(out.visual, VisualProfile::parse(visual));
  }
  if (!state.empty()) out.state = shown_from_json(state);
  TRY_ASSIGN(out.page, parts_.profiles.borrow(id, "rendered"));
  return out;
}

void RenderWatch::give_back(const std::string& id, ShownProfiles profiles, bool learnt, Outcome& outcome) {
  if (learnt) {
    outcome.profiles.emplace_back("rendered", profiles.page.serialize());
    outcome.profiles.emplace_back("visual", profiles.visual.serialize());
    outcome.parts.emplace_back("shown", shown_to_json(profiles.state));
  }
  parts_.profiles.give_back(id, "rendered", std::move(profiles.page));
}

// Under the record's lock.
RenderWatch::Heard RenderWatch::heard(SiteRecord& record, const PageView& look) {
  const std::string& id = record.site.id;
  auto known = borrow(id);
  if (!known) return {};
  auto raw = parts_.profiles.borrow(id, "page");
  LookContext context{asset_of(record.site).name, record.memory.shell, raw ? &*raw : nullptr};
  Heard out{judge_look(*known, look, context), doubtful(*known, look, context)};
  drop_ignored(out.judgement, record.ignored);
  if (raw) parts_.profiles.give_back(id, "page", *std::move(raw));
  Outcome unchanged;
  give_back(id, *std::move(known), false, unchanged);
  return out;
}

// The raw page is as learnt; so is this look, or it is about what only a browser shows.
Result<void> RenderWatch::accepted(SiteRecord& record, const PageView& look, Judgement judgement,
                                   Outcome& outcome) {
  SiteMemory& memory = record.memory;
  ShownMemory& shown = memory.shown;
  if (judgement.verdict == Verdict::kUnavailable)
    return fail(ErrorCode::kUnavailable, "an error, challenge or login page is shown to the browser");
  auto now = parts_.clock.wall();
  bool window = record.site.window_until && *record.site.window_until > now;
  bool named = std::ranges::any_of(judgement.findings, [](const PageFinding& f) { return f.hostile; });
  if (!named && (shown.accept || window)) judgement.findings.clear();
  Asset asset = asset_of(record.site);
  if (judgement.findings.empty()) {
    TRY_ASSIGN(auto known, borrow(record.site.id));
    double other =
        look.picture && known.visual.learned() > 0 ? known.visual.compare(*look.picture).changed_share : 1;
    learn_look(known, look, shown.accept || window);
    shown.learned = known.page.learned();
    give_back(record.site.id, std::move(known), true, outcome);
    bool again = shown.alarmed || shown.accept || window || memory.open.open(Question::kShown);
    shown.alarmed = shown.accept = false;
    if (shown.before_id.empty() || again || (other >= kPictureOther && now - shown.kept_at >= kKeepChanged) ||
        now - shown.kept_at >= kKeepSame) {
      auto kept = keep(record, look, "ok", outcome);
      shown.kept_at = now;
      shown.before_id = kept.picture_id;
      shown.before_document_id = kept.document_id;
      shown.before_sha256 = kept.picture_sha256;
      shown.before_document_sha256 = kept.document_sha256;
    }
    outcome.findings = memory.open.answer(Question::kShown, {}, asset, parts_.clock);
    return {};
  }
  auto verdict = std::ranges::any_of(judgement.findings,
                                     [](const PageFinding& f) { return f.severity == Severity::kCritical; })
                     ? "critical"
                     : "warn";
  auto conditions = conditions_of(judgement, "", "");
  bool was_open = memory.open.open(Question::kShown);
  Outcome scratch;
  auto kept = keep(record, look, verdict, scratch);
  for (auto& condition : conditions) {
    add_evidence(condition, shown, kept);
  }
  outcome.findings = memory.open.answer(Question::kShown, std::move(conditions), asset, parts_.clock);
  if (!was_open || !outcome.findings.empty()) outcome.snapshots = std::move(scratch.snapshots);
  return {};
}

void RenderWatch::add_evidence(Condition& condition, const ShownMemory& shown, const Kept& kept) {
  auto add = [&](const char* kind, const std::string& sha256, const char* note) {
    if (!sha256.empty()) condition.evidence.push_back({kind, sha256, note});
  };
  add("screenshot", shown.before_sha256, "before");
  add("screenshot", kept.picture_sha256, "after");
  add("rendered_page", shown.before_document_sha256, "before");
  add("rendered_page", kept.document_sha256, "after");
}

// The raw page's finding is out already; the picture follows it under the same key.
void RenderWatch::alarmed(SiteRecord& record, const PageView& look, Outcome& outcome) {
  SiteMemory& memory = record.memory;
  bool first = !memory.shown.alarmed;
  memory.shown.alarmed = true;
  auto kept = keep(record, look, to_string(memory.content), outcome);
  if (!first) return;
  auto words = picture_words(look.words, {});
  Condition c;
  c.kind = words.hostile() ? "hostile_picture" : "picture_kept";
  c.severity = words.hostile() ? Severity::kCritical : Severity::kInformational;
  c.confidence = words.hostile() ? std::min(97, 75 + 10 * static_cast<int>(words.strong.size())) : 100;
  std::map<std::string, std::string> arguments{{"site", asset_of(record.site).name}, {"words", words.text()}};
  c.title = {"sites." + c.kind, arguments};
  c.reason = {"sites." + c.kind + ".reason", arguments};
  c.next_step = {"sites." + c.kind + ".next", arguments};
  c.where = "screenshot";
  c.after = look.words;
  if (words.hostile()) c.attack = {"T1491.002"};  // Defacement: External Defacement
  add_evidence(c, memory.shown, kept);
  std::vector<Condition> events;
  events.push_back(std::move(c));
  outcome.findings =
      OpenQuestions::tell(Question::kContent, std::move(events), asset_of(record.site), parts_.clock);
}

RenderWatch::Kept RenderWatch::keep(const SiteRecord& record, const PageView& look, std::string_view verdict,
                                    Outcome& outcome) {
  Kept out;
  auto put = [&](std::string_view kind, const std::string& bytes, std::string_view type, std::string& id,
                 std::string& sha256) {
    if (bytes.empty()) return;
    auto stored = parts_.snapshots.put(bytes);
    if (!stored) {
      failures_.add();
      log::error("sites", "a picture could not be kept",
                 {{"site.id", record.site.id}, {"error.message", stored.error().full()}});
      return;
    }
    id = new_id(parts_.clock);
    sha256 = stored->sha256;
    StoredSnapshot row;
    row.snapshot = {id,   parts_.clock.wall(), std::string(kind), sha256, stored->bytes, std::string(verdict),
                    false};
    row.url = look.rendered.final_url;
    row.http_status = look.rendered.status;
    row.content_type = type;
    row.stored_bytes = stored->stored_bytes;
    outcome.snapshots.push_back(std::move(row));
  };
  put("rendered_page", look.rendered.dom, "text/html; charset=utf-8", out.document_id, out.document_sha256);
  put("screenshot", look.rendered.screenshot_png, "image/png", out.picture_id, out.picture_sha256);
  return out;
}

// Under the record's lock, as all that is pushed of one site.
void RenderWatch::commit(SiteRecord& record, Outcome outcome) {
  auto now = parts_.clock.wall();
  if (record.memory.shown.failure.empty()) record.memory.shown.at = now;
  record.site.state = state_of(record.site, record.memory, now, parts_.options()->learn_fetches);
  auto base = outcome_of(record);
  outcome.site = std::move(base.site);
  outcome.memory = std::move(base.memory);
  parts_.committer.push(std::move(outcome), [this, id = record.site.id] { parts_.changed(id); });
}

}  // namespace vedette::sites
