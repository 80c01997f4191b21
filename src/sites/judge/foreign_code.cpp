#include "sites/judge/foreign_code.h"

#include <algorithm>
#include <set>

#include "base/text/decode.h"
#include "base/text/fold.h"
#include "net/url.h"
#include "sites/judge/excerpt.h"
#include "sites/judge/findings.h"
#include "sites/judge/hostile_traits.h"
#include "sites/judge/script_shape.h"

namespace vedette::sites {
namespace {

constexpr std::size_t kScriptBytesMax = 1u << 20;
constexpr int kSpamLinks = 3;

bool has_any(std::uint32_t traits, std::uint32_t mask) { return (traits & mask) != 0; }

// Serve fonts and their style sheets only, nothing that a customer uploads.
bool harmless_style_host(std::string_view host) {
  return host == "fonts.googleapis.com" || host == "fonts.gstatic.com" || host == "use.typekit.net";
}

std::string element_of(RefKind kind) {
  switch (kind) {
    case RefKind::kScript:
      return "script[src]";
    case RefKind::kFrame:
      return "iframe[src]";
    case RefKind::kObject:
      return "object[data]";
    case RefKind::kForm:
      return "form[action]";
    case RefKind::kStylesheet:
      return "link[stylesheet]";
    case RefKind::kPreload:
      return "link[preload]";
    case RefKind::kBase:
      return "base[href]";
    case RefKind::kRefresh:
      return "meta[refresh]";
    default:
      return std::string(to_string(kind));
  }
}

class ForeignCode {
 public:
  ForeignCode(const Features& f, const Profile::Impl& p, const Continuity& c, const HostileWords& words)
      : f_(f), p_(p), c_(c), words_(words), own_domain_(net::registrable_domain(f.page.host)) {}

  std::vector<PageFinding> run() {
    for (const Ref& ref : f_.page.refs) {
      if (out_.size() >= kForeignMax) break;
      if (ref.kind == RefKind::kLink) {
        link(ref);
      } else if ((kind_bit(ref.kind) & kActiveKinds) != 0) {
        active(ref);
      }
    }
    hidden_links();
    for (std::size_t i = 0; i < f_.page.scripts.size() && out_.size() < kForeignMax; ++i) {
      if (f_.script_hash[i] != 0 && p_.scripts.seen(f_.script_hash[i]) == 0) script(f_.page.scripts[i]);
    }
    for (std::size_t i = 0; i < f_.page.handlers.size() && out_.size() < kForeignMax; ++i) {
      if (p_.handlers.seen(f_.handler_hash[i]) == 0) handler(f_.page.handlers[i]);
    }
    return std::move(out_);
  }

 private:
  bool own(std::string_view host) const {
    return host == f_.page.host || (!own_domain_.empty() && net::registrable_domain(host) == own_domain_);
  }
  std::string known_hosts(std::uint16_t kinds) const {
    std::string text;
    for (const KnownHost& known : p_.hosts) {
      if ((known.kinds & kinds) == 0) continue;
      if (!text.empty()) text += ", ";
      text += known.host;
    }
    return text;
  }
  void add(FindingSpec spec, std::string_view host, std::uint16_t kinds) {
    if (!seen_.insert(std::string(spec.kind) + " " + std::string(host)).second) return;
    const std::string known = known_hosts(kinds);
    spec.before = known;
    spec.arguments["host"] = host;
    spec.arguments["known"] = known.empty() ? "-" : known;
    out_.push_back(make_finding(spec));
  }

  void active(const Ref& ref) {
    const std::uint16_t bit = kind_bit(ref.kind);
    if (ref.host.empty()) return without_host(ref);
    if (ref.own || own(ref.host)) return;
    const bool pasted = is_paste_url(ref.host, ref.url);
    if (const KnownHost* known = p_.host(ref.host);
        known != nullptr && (known->kinds & kActiveKinds) != 0 && !pasted)
      return;
    const bool family = p_.host_family_known(ref.host);
    if (family && !pasted) return;
    const std::uint32_t key = link_host_key(ref.host);
    const bool named_in_code = p_.script_hosts.seen(key) > 0;

    FindingSpec spec;
    spec.where = element_of(ref.kind) + " " + clipped(ref.url, 400);
    spec.after = ref.url;
    spec.confidence = 75;
    spec.severity = named_in_code && !pasted ? Severity::kLow : Severity::kHigh;
    switch (ref.kind) {
      case RefKind::kScript:
        spec.kind = "foreign_script";
        spec.attack = {"T1189", "T1059.007"};
        if (pasted) spec.severity = Severity::kCritical, spec.hostile = true, spec.confidence = 90;
        break;
      case RefKind::kFrame:
        spec.kind = "foreign_frame";
        spec.attack = {"T1189"};
        spec.at_once = spec.severity >= Severity::kHigh;
        if ((ref.hidden & kNotRendered) != 0) {
          spec.severity = std::min(spec.severity, Severity::kMedium), spec.at_once = false;
        } else if (is_hidden(ref.hidden)) {
          spec.hostile = true, spec.confidence = 85;
        }
        break;
      case RefKind::kObject:
        spec.kind = "foreign_object";
        spec.attack = {"T1189"};
        break;
      case RefKind::kForm:
        spec.kind = "foreign_form";
        spec.attack = {"T1056.003"};
        if (f_.page.password_inputs > 0 && p_.names.seen(name_key("password", "yes")) > 0 && !named_in_code)
          spec.severity = Severity::kCritical, spec.hostile = true;
        break;
      case RefKind::kBase:
        spec.kind = "base_href";
        spec.attack = {"T1189"};
        break;
      case RefKind::kRefresh:
        spec.kind = "meta_refresh";
        spec.attack = {"T1491.002", "T1189"};
        if ((ref.hidden & kNotRendered) == 0 && !named_in_code)
          spec.severity = Severity::kCritical, spec.at_once = true, spec.hostile = true, spec.confidence = 85;
        break;
      default:  // style sheets and preloads
        spec.kind = "foreign_style";
        spec.severity = harmless_style_host(ref.host) || named_in_code ? Severity::kLow : Severity::kMedium;
        spec.attack = {"T1189"};
        // A hint to connect loads nothing.
        if (ref.kind == RefKind::kPreload && (ref.rel.find("dns-prefetch") != std::string_view::npos ||
                                              ref.rel.find("preconnect") != std::string_view::npos))
          spec.severity = Severity::kLow;
    }
    add(std::move(spec), ref.host, ref.kind == RefKind::kFrame ? bit : kActiveKinds);
  }

  void without_host(const Ref& ref) {
    if (ref.kind == RefKind::kFrame && !ref.text.empty()) {
      for (const std::string& host : new_hosts(ref.text)) {
        FindingSpec spec{.kind = "foreign_frame",
                         .severity = Severity::kHigh,
                         .confidence = 75,
                         .where = "iframe[srcdoc] " + std::string(ref.path),
                         .after = ref.text,
                         .attack = {"T1189"}};
        add(std::move(spec), host, kind_bit(RefKind::kFrame));
      }
    }
    if (ref.origin != "data:" && ref.origin != "blob:" && ref.origin != "javascript:") return;
    const KnownHost* known = p_.host(ref.origin);
    if (known != nullptr && (known->kinds & kind_bit(ref.kind)) != 0) return;
    if (ref.kind != RefKind::kScript && ref.kind != RefKind::kFrame && ref.kind != RefKind::kObject &&
        ref.kind != RefKind::kRefresh && ref.kind != RefKind::kForm)
      return;
    if (ref.origin == "javascript:" && script_traits(ref.url) == 0) return;
    FindingSpec spec{.kind = "data_script",
                     .severity = Severity::kHigh,
                     .confidence = 85,
                     .hostile = true,
                     .where = element_of(ref.kind) + " " + clipped(ref.url, 120),
                     .after = ref.url,
                     .attack = {"T1027", "T1059.007"}};
    add(std::move(spec), ref.origin, kActiveKinds);
  }

  std::vector<std::string> new_hosts(std::string_view code) const {
    std::vector<std::string> hosts = hosts_in(code);
    std::erase_if(hosts, [&](const std::string& host) {
      return own(host) || p_.any_host_known(host) || host == "www.w3.org";
    });
    return hosts;
  }

  const LexiconEntry* spam_word(std::string_view text) const {
    const Folded folded = fold(text.substr(0, 600));
    for (const LexiconHit& hit : site_lexicon().find(folded.text, 8)) return hit.entry;
    return nullptr;
  }

  void link(const Ref& ref) {
    if (ref.own || ref.host.empty() || own(ref.host)) return;
    const std::uint32_t key = link_host_key(ref.host);
    if (!p_.link_hosts.sampled(key)) {
      // The sample is full: the host may be old. It counts only where its text is spam by itself.
    } else if (p_.link_hosts.known(key)) {
      return;
    }
    if (p_.host_family_known(ref.host)) return;
    const bool hidden = is_hidden(ref.hidden) && (ref.hidden & kNotRendered) == 0;
    const std::string said = std::string(ref.text) + " " + std::string(ref.url.substr(0, 200));
    std::string spaced = said;
    for (char& c : spaced) c = c == '-' || c == '/' || c == '.' || c == '_' ? ' ' : c;
    const LexiconEntry* word = spam_word(spaced);
    if (hidden && p_.link_hosts.sampled(key)) hidden_.push_back(&ref);
    if (word == nullptr) return;
    const bool any_hidden = ref.hidden != kVisible;
    FindingSpec spec{
        .kind = "injected_spam",
        .severity = word->strength == Strength::kStrong || any_hidden ? Severity::kHigh : Severity::kMedium,
        .confidence = any_hidden ? 90 : 75,
        .hostile = true,
        .where = "a[href] " + clipped(ref.url, 400),
        .after = said,
        .attack = {"T1491.002", "T1608.006"}};
    spec.arguments["word"] = word->phrase;
    add(std::move(spec), ref.host, 0);
  }

  void hidden_links() {
    if (hidden_.empty() || out_.size() >= kForeignMax) return;
    std::set<std::string_view> hosts;
    std::string after;
    for (const Ref* ref : hidden_) {
      if (!hosts.insert(ref->host).second) continue;
      if (after.size() < 2'000)
        after += std::string(ref->url.substr(0, 300)) + " " + std::string(ref->text) + "\n";
    }
    // A new dress brings new folded menus; spam comes into a page that stays.
    const bool redesign = c_.structure < 0.5;
    const bool many = hosts.size() >= kSpamLinks && !redesign;
    FindingSpec spec{.kind = "hidden_link",
                     .severity = redesign ? Severity::kLow
                                 : many   ? Severity::kHigh
                                          : Severity::kMedium,
                     .confidence = many ? 85 : 70,
                     .hostile = many,
                     .where = "a[href] " + clipped(hidden_.front()->url, 400),
                     .after = after,
                     .attack = {"T1491.002", "T1608.006"}};
    spec.arguments["count"] = std::to_string(hosts.size());
    add(std::move(spec), hidden_.front()->host, 0);
  }

  void script(const InlineScript& script) {
    const std::string_view body = script.body.substr(0, kScriptBytesMax);
    const CodeReading* reading = words_.reading_of(body);
    const CodeReading fresh = reading != nullptr
                                  ? CodeReading{}
                                  : CodeReading{body.size(), script_traits(body), decode_strings(body)};
    if (reading == nullptr) reading = &fresh;
    const std::uint32_t traits = reading->traits;
    const std::vector<std::string> hosts = new_hosts(body);
    std::vector<std::string> hidden_hosts;
    std::uint32_t hidden_traits = 0;
    for (const Decoded& decoded : reading->strings.decoded) {
      if (decoded.encoding == Encoding::kConcatenated && decoded.layer == 1 && decoded.text.size() < 8)
        continue;
      for (std::string& host : new_hosts(decoded.text)) {
        if (std::find(hosts.begin(), hosts.end(), host) == hosts.end())
          hidden_hosts.push_back(std::move(host));
      }
      hidden_traits |= script_traits(decoded.text);
    }
    const std::uint32_t acts = kMakesElement | kSends | kNavigates | kWritesPage | kEvaluates;
    FindingSpec spec{.kind = "inline_loader",
                     .severity = Severity::kLow,
                     .confidence = 70,
                     .where = "script " + std::string(script.path),
                     .after = body.substr(0, 2'000),
                     .attack = {"T1059.007"}};
    std::string host = hosts.empty() ? "-" : hosts.front();
    const bool unlearnt = p_.names.seen(name_key("traits", std::to_string(traits))) == 0;
    const bool compact = body.size() < 20'000;
    if (!hosts.empty() && has_any(traits, acts))
      spec.severity = compact ? Severity::kHigh : Severity::kMedium;
    if (has_any(traits, kDecodes) && has_any(traits, kEvaluates | kWritesPage) && unlearnt && compact)
      spec.severity = Severity::kHigh;
    if (has_any(traits, kWritesPage) && unlearnt && compact && has_any(hidden_traits, kMakesElement))
      spec.severity = Severity::kHigh;
    if (!hidden_hosts.empty() && has_any(traits | hidden_traits, acts) &&
        has_any(traits, kDecodes | kEvaluates | kMakesElement | kNavigates | kSends)) {
      spec.severity = Severity::kHigh, spec.hostile = true, spec.confidence = 85;
      host = hidden_hosts.front();
      spec.attack = {"T1027", "T1059.007", "T1189"};
    }
    if (has_any(traits, kMines))
      spec.severity = Severity::kCritical, spec.hostile = true, spec.attack = {"T1496"};
    if (spec.severity < Severity::kMedium) return;
    if (compact && has_any(traits, kReadsInput) && has_any(traits | hidden_traits, kSends) && host != "-") {
      spec.kind = "skimmer";
      spec.hostile = true;
      spec.confidence = 85;
      spec.attack = {"T1056.003", "T1059.007"};
    }
    add(std::move(spec), host, kActiveKinds);
  }

  void handler(const InlineHandler& handler) {
    const CodeReading* reading = words_.reading_of(handler.code);
    const std::uint32_t traits = reading != nullptr ? reading->traits : script_traits(handler.code);
    const std::vector<std::string> hosts = new_hosts(handler.code);
    const bool by_itself = handler.name == "onload" || handler.name == "onerror" ||
                           handler.name == "onfocus" || handler.name == "onbegin" ||
                           handler.name == "ontoggle" || handler.name == "onanimationstart" ||
                           handler.name == "onpageshow";
    const std::uint32_t acts = kMakesElement | kSends | kNavigates | kWritesPage | kEvaluates | kDecodes;
    const bool loads = (!hosts.empty() && (has_any(traits, acts) || by_itself)) ||
                       has_any(traits, kDecodes | kEvaluates | kWritesPage) ||
                       (by_itself && has_any(traits, acts | kAlerts));
    if (!loads) return;
    const bool url = !handler.name.starts_with("on");
    FindingSpec spec{.kind = url ? "script_url" : "event_handler",
                     .severity = Severity::kHigh,
                     .confidence = 75,
                     .hostile = !hosts.empty() && has_any(traits, kDecodes | kEvaluates),
                     .where = std::string(handler.element) + "[" + std::string(handler.name) + "] " +
                              std::string(handler.path),
                     .after = handler.code,
                     .attack = {"T1059.007"}};
    add(std::move(spec), hosts.empty() ? "-" : hosts.front(), kActiveKinds);
  }

  const Features& f_;
  const Profile::Impl& p_;
  const Continuity& c_;
  const HostileWords& words_;
  std::string own_domain_;
  std::set<std::string> seen_;
  std::vector<const Ref*> hidden_;
  std::vector<PageFinding> out_;
};

}  // namespace

std::vector<PageFinding> foreign_code(const Features& features, const Profile::Impl& profile,
                                      const Continuity& continuity, const HostileWords& words) {
  return ForeignCode(features, profile, continuity, words).run();
}

}  // namespace vedette::sites
