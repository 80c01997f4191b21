#include "desk/notice.h"

namespace vedette::desk {
namespace {

constexpr std::size_t kExcerptMax = 600;

// Cut at a character, never inside one; control characters (of a hostile page) become spaces.
std::string excerpt(const std::string& text) {
  std::string out = text.substr(0, kExcerptMax);
  if (out.size() < text.size()) {
    while (!out.empty() && (static_cast<unsigned char>(text[out.size()]) & 0xC0) == 0x80) out.pop_back();
    out += "…";
  }
  for (char& c : out) {
    if ((static_cast<unsigned char>(c) < 0x20 && c != '\n') || c == 0x7f) c = ' ';
  }
  return out;
}

std::string one_line(std::string text) {
  for (char& c : text) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = ' ';
  }
  return text;
}

std::string base_url(const DeskOptions& options) {
  std::string url = options.public_url;
  while (url.ends_with('/')) url.pop_back();
  return url;
}

// What travels with the first: how many, and the gravest by name.
void add_bundle(const DeskContext& desk, const Bundle& bundle, Notice& notice) {
  Language language = desk.language();
  auto others = std::to_string(bundle.others);
  notice.subject = one_line(
      render({"desk.notice.subject_bundle", {{"subject", notice.subject}, {"others", others}}}, language));
  std::string text;
  for (const auto& line : bundle.first)
    text += fmt::format("{}[{}] {} — {}", text.empty() ? "" : "\n  ",
                        render({"desk.severity." + std::string(to_string(line.severity)), {}}, language),
                        one_line(render(line.title, language)), one_line(line.asset));
  auto more = bundle.others - static_cast<std::int64_t>(bundle.first.size());
  if (more > 0)
    text += "\n  " + render({"desk.notice.bundle_more", {{"count", std::to_string(more)}}}, language);
  notice.lines.emplace_back(render({"desk.notice.bundle", {{"others", others}}}, language), text);
}

}  // namespace

std::string Notice::text() const {
  std::string out;
  for (const auto& [label, value] : lines) {
    bool block = value.contains('\n') || value.size() > 100;
    out += block ? fmt::format("{}:\n  {}\n", label, value) : fmt::format("{}: {}\n", label, value);
  }
  if (!acknowledge_url.empty()) out += fmt::format("\n{}:\n{}\n", acknowledge_label, acknowledge_url);
  if (!open_url.empty()) out += fmt::format("\n{}:\n{}\n", open_label, open_url);
  return out + "\n-- \n" + closing + "\n";
}

Notice make_notice(const DeskContext& desk, const Claim& claim) {
  Language language = desk.language();
  auto say = [&](const std::string& key, std::map<std::string, std::string> arguments = {}) {
    return render({"desk." + key, std::move(arguments)}, language);
  };
  const Alert& alert = claim.alert.alert;
  std::string severity = say("severity." + std::string(to_string(alert.severity)));
  Notice notice;
  notice.subject = one_line(
      say(alert.condition_resolved ? "notice.subject_resolved" : "notice.subject",
          {{"severity", severity}, {"title", render(alert.title, language)}, {"asset", alert.asset.name}}));
  auto add = [&](const std::string& label, const std::string& value) {
    if (!value.empty()) notice.lines.emplace_back(say("notice." + label), excerpt(value));
  };
  add("what", render(alert.title, language));
  add("severity", severity);
  add("asset", alert.asset.name);
  if (claim.finding) add("where", claim.finding->where);
  add("reason", render(alert.reason, language));
  if (claim.finding) {
    add("before", claim.finding->before);
    add("after", claim.finding->after);
    add("confidence", fmt::format("{}%", claim.finding->confidence));
  }
  if (alert.condition_resolved) add("condition", say("notice.condition_resolved"));
  add("next_step", render(alert.next_step, language));
  add("seen", say("notice.seen_text", {{"first", render_time(alert.first_at, language)},
                                       {"last", render_time(alert.last_at, language)},
                                       {"count", std::to_string(alert.count)}}));
  add("step", say("notice.step_text", {{"step", std::to_string(claim.notification.step + 1)}}));
  if (claim.bundle.others > 0) add_bundle(desk, claim.bundle, notice);
  notice.acknowledge_label = say(claim.bundle.others > 0 ? "notice.acknowledge_all" : "notice.acknowledge");
  notice.acknowledge_url =
      fmt::format("{}/a/{}", base_url(desk.options), desk.keys.link_token(claim.notification.id));
  notice.open_label = say("notice.open");
  notice.open_url = fmt::format("{}/alerts/{}", base_url(desk.options), alert.id);
  notice.closing = say("notice.closing");
  return notice;
}

Notice make_test_notice(const DeskContext& desk, const Channel& channel) {
  Language language = desk.language();
  Notice notice;
  notice.subject = one_line(render({"desk.notice.test_subject", {{"channel", channel.name}}}, language));
  notice.lines.emplace_back(render({"desk.notice.what", {}}, language),
                            render({"desk.notice.test_text", {{"channel", channel.name}}}, language));
  notice.open_label = render({"desk.notice.open", {}}, language);
  notice.open_url = base_url(desk.options) + "/settings";
  notice.closing = render({"desk.notice.closing", {}}, language);
  return notice;
}

}  // namespace vedette::desk
