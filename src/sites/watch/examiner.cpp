#include "sites/watch/examiner.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/hash.h"
#include "base/id.h"
#include "net/url.h"
#include "sites/watch/interruption.h"
#include "sites/watch/render_due.h"

namespace vedette::sites {
namespace {

constexpr std::size_t kSparkMax = 30;
constexpr std::size_t kOriginsMax = 8;

std::string digits_out(std::string_view text) {
  std::string out;
  for (char c : text) {
    if (c < '0' || c > '9') out += c;
  }
  return out;
}

std::string header(const net::FetchResult& fetch, std::string_view name) {
  for (const auto& [key, value] : fetch.headers) {
    if (std::ranges::equal(key, name,
                           [](char a, char b) { return (a >= 'A' && a <= 'Z' ? a + 32 : a) == b; }))
      return value;
  }
  return {};
}

// One examination on its way; members are the working copies that become the outcome.
class Examination {
 public:
  Examination(const Site& site, const SiteMemory& memory, Profile& profile,
              const std::vector<std::string>& ignored, const Observation& observation,
              const ExaminerOptions& options, const Clock& clock)
      : observation_(observation),
        fetch_(observation.fetch),
        profile_(profile),
        ignored_(ignored),
        options_(options),
        clock_(clock),
        now_(clock.wall()),
        seen_at_(observation.seen_at == WallTime{} ? now_ : observation.seen_at),
        asset_(asset_of(site)),
        site_(out_.outcome.site),
        memory_(out_.outcome.memory) {
    site_ = site;
    memory_ = memory;
    was_ = memory.content;
    learning_ = profile.learned() < options.learn_target;
  }

  Examined run() {
    begin();
    if (auto interruption = interruption_of(fetch_)) {
      if (fetch_.failure == net::FetchFailure::kTls && !fetch_.chain.empty()) {
        certificate_refused();
      } else {
        unavailable(*interruption);
      }
    } else {
      certificate_accepted();
      if (fetch_.status == 304) {
        unchanged();
      } else {
        page();
      }
    }
    return finish();
  }

 private:
  void begin() {
    site_.last_check_at = now_;
    site_.http_status = fetch_.status;
    site_.latency_ms = std::chrono::duration_cast<std::chrono::milliseconds>(fetch_.total).count();
    check_.id = new_id(clock_);
    check_.at = now_;
    check_.http_status = fetch_.status;
    check_.latency_ms = site_.latency_ms;
    check_.bytes = static_cast<std::int64_t>(fetch_.body.size());
    memory_.conditional_in_row = observation_.conditional ? memory_.conditional_in_row + 1 : 0;
  }

  void answer(Question question, std::vector<Condition> conditions) {
    for (auto& condition : conditions) {
      if (condition.seen_at == WallTime{}) condition.seen_at = seen_at_;
    }
    add(memory_.open.answer(question, std::move(conditions), asset_, clock_));
  }
  void add(std::vector<Finding> findings) {
    for (auto& finding : findings) out_.outcome.findings.push_back(std::move(finding));
  }
  bool in_window() const { return site_.window_until && *site_.window_until > now_; }

  void say(std::string english, Message message) {
    site_.last_error = english;
    site_.last_error_message = message;
    check_.detail = std::move(english);
    check_.detail_message = std::move(message);
  }

  void unavailable(const Interruption& interruption) {
    verdict_ = "unavailable";
    say(interruption.english, interruption.message);
    memory_.availability = after_failure(memory_.availability, options_.availability);
    if (memory_.availability.down) drop_suspicion();
    memory_.etag.clear();
    memory_.last_modified.clear();
    if (memory_.availability.down && !in_window())
      answer(Question::kAvailability, {down_condition(interruption, asset_)});
  }

  // The page that raised it was never judged twice: when it comes again, it is no page "as before".
  void drop_suspicion() {
    if (!memory_.suspect) return;
    memory_.suspect = false;
    memory_.body_sha256.clear();
    memory_.etag.clear();
    memory_.last_modified.clear();
  }

  void certificate_refused() {
    verdict_ = "unavailable";
    auto url = net::parse_url(site_.config.url);
    std::string host = url ? url->host : std::string();
    auto conditions = refused_certificate(&fetch_.chain.front(), host, fetch_.failure_detail, asset_, now_);
    say("certificate refused: " + fetch_.failure_detail, conditions.front().reason);
    drop_suspicion();
    if (++memory_.tls.refused >= options_.availability.down_after)
      answer(Question::kTls, std::move(conditions));
  }

  void certificate_accepted() {
    if (fetch_.chain.empty()) {
      if (memory_.open.open(Question::kTls) && site_.config.url.starts_with("http:"))
        answer(Question::kTls, {});
      return;
    }
    auto seen = see_certificate(memory_.tls, fetch_.chain.front(), asset_, now_, learning_ || in_window());
    answer(Question::kTls, std::move(seen.conditions));
    add(OpenQuestions::tell(Question::kTls, std::move(seen.events), asset_, clock_));
  }

  void answered() {
    memory_.availability =
        after_answer(memory_.availability, static_cast<double>(site_.latency_ms), options_.availability);
    site_.last_error.clear();
    site_.last_error_message = {};
    if (memory_.availability.down) return;
    std::vector<Condition> slow;
    if (memory_.availability.slow)
      slow.push_back(slow_condition(memory_.availability, site_.latency_ms, asset_));
    answer(Question::kAvailability, std::move(slow));
  }

  void unchanged() {
    answered();
    verdict_ = to_string(memory_.content);
    if (memory_.unconfirmed == 0) return;
    memory_.unconfirmed = 0;
    if (memory_.content == Verdict::kOk) answer(Question::kContent, {});
  }

  // An address that now ends on a host it never ended on is a change of what visitors get, whatever stands
  // there.
  std::optional<PageFinding> new_origin() {
    auto origin = net::origin_of(fetch_.final_url);
    if (origin.empty() || std::ranges::find(memory_.origins, origin) != memory_.origins.end())
      return std::nullopt;
    bool accept = learning_ || memory_.origins.empty() || in_window();
    auto own = net::parse_url(site_.config.url);
    auto final = net::parse_url(fetch_.final_url);
    bool same_domain =
        own && final && net::registrable_domain(own->host) == net::registrable_domain(final->host);
    bool same_host = own && final && own->host == final->host;
    if (accept || same_host) {
      remember_origin(origin);
      return std::nullopt;
    }
    PageFinding f;
    f.kind = "final_origin_changed";
    f.severity = same_domain ? Severity::kMedium : Severity::kCritical;
    f.confidence = same_domain ? 50 : 90;
    std::map<std::string, std::string> arguments{{"site", asset_.name}, {"origin", origin}};
    f.title = {"sites.final_origin_changed", arguments};
    f.reason = {"sites.final_origin_changed.reason", arguments};
    f.next_step = {"sites.final_origin_changed.next", arguments};
    f.where = origin;
    f.before = memory_.origins.back();
    f.after = fetch_.final_url;
    for (const auto& hop : fetch_.redirects)
      f.after += fmt::format("\n{} {} -> {}", hop.status, hop.from, hop.to);
    f.attack = {"T1491.002"};  // Defacement: External Defacement
    return f;
  }
  void remember_origin(const std::string& origin) {
    memory_.origins.push_back(origin);
    if (memory_.origins.size() > kOriginsMax) memory_.origins.erase(memory_.origins.begin());
  }

  void page() {
    std::string content_type = header(fetch_, "content-type");
    PageInput input{fetch_.final_url, fetch_.status, content_type, fetch_.body};
    std::string sha256 = sha256_hex(fetch_.body);
    bool changed = sha256 != memory_.body_sha256;

    bool as_before = !changed && !learning_ && memory_.content == Verdict::kOk && !memory_.suspect;
    Judgement judgement;
    if (!as_before || !net::origin_of(fetch_.final_url).empty()) judgement = judge(input, as_before);
    if (judgement.verdict == Verdict::kUnavailable) {
      auto interruption = interruption_of(judgement, fetch_);
      unavailable(interruption);
      return;
    }
    answered();
    new_scripts_ = judgement.new_scripts;
    memory_.shell = as_before ? memory_.shell : judgement.shell;
    memory_.body_sha256 = sha256;
    memory_.body_bytes = static_cast<std::int64_t>(fetch_.body.size());
    memory_.etag = header(fetch_, "etag");
    memory_.last_modified = header(fetch_, "last-modified");
    if (changed && was_ != Verdict::kLearning) site_.last_change_at = now_;

    switch (judgement.verdict) {
      case Verdict::kLearning:
        learn(input, sha256);
        break;
      case Verdict::kUnavailable:
      case Verdict::kOk:
        fine(input, sha256, changed);
        break;
      case Verdict::kWarn:
      case Verdict::kCritical:
        alarmed(judgement, input, sha256, changed);
        break;
    }
  }

  Judgement judge(const PageInput& input, bool as_before) {
    Judgement judgement;
    judgement.shell = memory_.shell;
    if (!as_before) {
      judgement = profile_.judge(input, options_.learn_target);
      drop_ignored(judgement, ignored_);
    }
    if (auto moved = new_origin(); moved && judgement.verdict != Verdict::kUnavailable) {
      judgement.verdict =
          std::max(judgement.verdict == Verdict::kLearning ? Verdict::kOk : judgement.verdict,
                   moved->severity == Severity::kCritical ? Verdict::kCritical : Verdict::kWarn);
      judgement.findings.push_back(*std::move(moved));
      drop_ignored(judgement, ignored_);
    }
    return judgement;
  }

  void learn(const PageInput& input, const std::string& sha256) {
    verdict_ = "learning";
    profile_.learn(input);
    out_.profile_changed = true;
    memory_.learned_at = now_;
    memory_.content = Verdict::kLearning;
    memory_.suspect = false;
    if (profile_.learned() >= options_.learn_target) memory_.content = Verdict::kOk;
    bool last = profile_.learned() >= options_.learn_target;
    if (site_.reference_snapshot.empty() || last) keep(sha256, true);
    answer(Question::kContent, {});
  }

  void fine(const PageInput& input, const std::string& sha256, bool changed) {
    verdict_ = "ok";
    if (memory_.suspect) {
      memory_.unconfirmed = std::min(memory_.unconfirmed + 1, 1000);
    } else {
      memory_.unconfirmed = 0;
    }
    if (!memory_.suspect && changed && now_ - memory_.learned_at >= options_.learn_every) {
      profile_.learn(input);
      out_.profile_changed = true;
      memory_.learned_at = now_;
    }
    memory_.suspect = false;
    if (new_scripts_ > 0) script_changed(memory_.shown, now_);
    bool back = memory_.content == Verdict::kCritical || memory_.content == Verdict::kWarn;
    memory_.content = Verdict::kOk;
    if (site_.reference_snapshot.empty() ||
        ((changed || back) && now_ - memory_.kept_at >= options_.keep_every)) {
      keep(sha256, true);
    }
    answer(Question::kContent, differs_by_answer());
  }

  // A suspicion that the second fetch does not confirm, three times in a row: a pool with one changed server.
  std::vector<Condition> differs_by_answer() const {
    std::vector<Condition> out;
    if (memory_.unconfirmed < 3) return out;
    Condition c;
    c.kind = "page_differs";
    c.severity = Severity::kMedium;
    c.confidence = 60;
    std::map<std::string, std::string> arguments{{"site", asset_.name},
                                                 {"count", std::to_string(memory_.unconfirmed)}};
    c.title = {"sites.page_differs", arguments};
    c.reason = {"sites.page_differs.reason", arguments};
    c.next_step = {"sites.page_differs.next", arguments};
    out.push_back(std::move(c));
    return out;
  }

  void alarmed(const Judgement& judgement, const PageInput& input, const std::string& sha256, bool changed) {
    bool hostile =
        std::ranges::any_of(judgement.findings, [](const PageFinding& f) { return f.hostile || f.at_once; });
    bool at_once = std::ranges::any_of(judgement.findings, [](const PageFinding& f) { return f.at_once; });
    if (in_window() && !hostile) {
      changed_in_window(judgement, input, sha256);
      return;
    }
    verdict_ = to_string(judgement.verdict);
    out_.render = changed;
    bool known = memory_.content == Verdict::kCritical || memory_.content == judgement.verdict;
    if (!observation_.confirming && !at_once && !known) {
      memory_.suspect = true;
      memory_.suspected_at = seen_at_;
      out_.confirm = true;
      check_.detail_message = {"sites.check.confirming", {}};
      check_.detail = "differs from what was learnt; waiting for a second fetch";
      return;
    }
    auto conditions = conditions_of(judgement, memory_.reference_sha256, sha256);
    if (memory_.suspect && memory_.suspected_at != WallTime{}) {
      for (auto& condition : conditions) condition.seen_at = memory_.suspected_at;
    }
    memory_.suspect = false;
    memory_.unconfirmed = 0;
    memory_.content = judgement.verdict;
    auto before = out_.outcome.findings.size();
    answer(Question::kContent, std::move(conditions));
    bool news = out_.outcome.findings.size() > before;
    if (news || (changed && now_ - memory_.kept_at >= std::chrono::minutes(10))) keep(sha256, false);
    if (!judgement.findings.empty()) check_.detail_message = judgement.findings.front().title;
    check_.detail = render(check_.detail_message, Language::kEnglish);
  }

  void changed_in_window(const Judgement& judgement, const PageInput& input, const std::string& sha256) {
    verdict_ = "ok";
    if (auto origin = net::origin_of(fetch_.final_url);
        !origin.empty() && std::ranges::find(memory_.origins, origin) == memory_.origins.end()) {
      remember_origin(origin);
    }
    auto conditions = conditions_of(judgement, memory_.reference_sha256, sha256);
    for (auto& condition : conditions) {
      condition.severity = Severity::kInformational;
      condition.seen_at = seen_at_;
    }
    profile_.approve(input);
    out_.profile_changed = true;
    memory_.learned_at = now_;
    memory_.suspect = false;
    memory_.content = Verdict::kOk;
    add(OpenQuestions::tell(Question::kDeploy, std::move(conditions), asset_, clock_));
    answer(Question::kContent, {});
    keep(sha256, true);
  }

  void keep(const std::string& sha256, bool accepted) {
    memory_.kept_at = now_;
    out_.keep_page = true;
    check_.snapshot = new_id(clock_);
    site_.last_snapshot = check_.snapshot;
    if (accepted) {
      site_.reference_snapshot = check_.snapshot;
      memory_.reference_sha256 = sha256;
    }
  }

  Examined finish() {
    site_.learned = profile_.learned();
    site_.learn_target = options_.learn_target;
    bool failed = verdict_ == "unavailable";
    site_.latency_spark.push_back(
        failed ? -1 : static_cast<std::int32_t>(std::min<std::int64_t>(site_.latency_ms, 1'000'000)));
    if (site_.latency_spark.size() > kSparkMax) site_.latency_spark.erase(site_.latency_spark.begin());
    auto state_before = site_.state;
    site_.state = state_of(site_, memory_, now_, options_.learn_target);
    check_.verdict = verdict_;

    std::chrono::milliseconds interval = site_.config.interval;
    if (out_.confirm) {
      out_.next_after = options_.confirm_after;
    } else if (unsettled(memory_.availability) || (memory_.tls.refused == 1)) {
      out_.next_after = std::min<std::chrono::milliseconds>(interval, options_.failure_retry);
    } else if (profile_.learned() < options_.learn_target) {
      out_.next_after = std::min<std::chrono::milliseconds>(
          interval, site_.config.tour ? std::chrono::milliseconds(1'000) : options_.learn_interval);
    } else {
      out_.next_after = interval;
    }
    if (out_.profile_changed) out_.outcome.profiles.emplace_back("page", profile_.serialize());
    out_.outcome.notable =
        out_.keep_page || !out_.outcome.findings.empty() || site_.state != state_before || failed;
    out_.outcome.check = check_;
    return std::move(out_);
  }

  const Observation& observation_;
  const net::FetchResult& fetch_;
  Profile& profile_;
  const std::vector<std::string>& ignored_;
  const ExaminerOptions& options_;
  const Clock& clock_;
  const WallTime now_, seen_at_;
  const Asset asset_;
  Examined out_;
  Site& site_;
  SiteMemory& memory_;
  Check check_;
  Verdict was_ = Verdict::kLearning;
  bool learning_ = false;
  int new_scripts_ = 0;
  std::string verdict_;
};

}  // namespace

Asset asset_of(const Site& site) {
  return {"site", site.id, site.config.name.empty() ? site.config.url : site.config.name};
}

Examined examine(const Site& site, const SiteMemory& memory, Profile& profile,
                 const std::vector<std::string>& ignored, const Observation& observation,
                 const ExaminerOptions& options, const Clock& clock) {
  return Examination(site, memory, profile, ignored, observation, options, clock).run();
}

SiteState state_of(const Site& site, const SiteMemory& memory, WallTime now, int learn_target) {
  if (!site.config.enabled) return SiteState::kPaused;
  if (memory.open.open(Question::kContent) && memory.content == Verdict::kCritical)
    return SiteState::kCritical;
  if (memory.open.worst(Question::kShown) == Severity::kCritical) return SiteState::kCritical;
  if (site.window_until && *site.window_until > now) return SiteState::kMaintenance;
  if (memory.availability.down || memory.open.worst(Question::kTls) == Severity::kHigh)
    return SiteState::kUnavailable;
  for (auto question : {Question::kContent, Question::kTls, Question::kDns, Question::kCloak,
                        Question::kResources, Question::kShown, Question::kAvailability}) {
    if (memory.open.worst(question) >= Severity::kMedium) return SiteState::kWarn;
  }
  if (site.learned < learn_target) return SiteState::kLearning;
  return SiteState::kOk;
}

void drop_ignored(Judgement& judgement, const std::vector<std::string>& ignored) {
  if (ignored.empty() || judgement.findings.empty()) return;
  auto dropped = std::erase_if(judgement.findings, [&](const PageFinding& f) {
    auto place = digits_out(f.where);
    return std::ranges::any_of(ignored, [&](const std::string& where) {
      return !where.empty() && (f.where == where || place == digits_out(where));
    });
  });
  if (dropped == 0) return;
  if (judgement.findings.empty()) {
    if (judgement.verdict == Verdict::kWarn || judgement.verdict == Verdict::kCritical)
      judgement.verdict = Verdict::kOk;
  } else if (judgement.verdict == Verdict::kCritical &&
             std::ranges::none_of(judgement.findings,
                                  [](const PageFinding& f) { return f.severity == Severity::kCritical; })) {
    judgement.verdict = Verdict::kWarn;
  }
}

std::vector<Condition> conditions_of(const Judgement& judgement, const std::string& before_sha256,
                                     const std::string& after_sha256) {
  std::vector<Condition> out;
  for (const auto& f : judgement.findings) {
    Condition c{f.kind,  f.severity, f.confidence, f.title,  f.reason, f.next_step,
                f.where, f.before,   f.after,      f.attack, {},       {}};
    if (!before_sha256.empty()) c.evidence.push_back({"page", before_sha256, "before"});
    if (!after_sha256.empty()) c.evidence.push_back({"page", after_sha256, "after"});
    out.push_back(std::move(c));
  }
  return out;
}

}  // namespace vedette::sites
