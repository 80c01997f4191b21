#include "desk/intake/intake_findings.h"

#include "base/text/utf8.h"
#include "desk/intake/intake.h"
#include "desk/own_finding.h"

namespace vedette::desk {
namespace {

using Arguments = std::map<std::string, std::string>;

Finding intake_finding(const Clock& clock, std::string_view kind, Severity severity, Asset asset,
                       const Arguments& arguments) {
  auto finding = own_finding(clock, kind);
  finding.severity = severity;
  finding.dedup_key = fmt::format("desk/intake/{}/{}", kind, asset.id);
  finding.asset = std::move(asset);
  finding.title = {fmt::format("desk.{}.title", kind), arguments};
  finding.reason = {fmt::format("desk.{}.reason", kind), arguments};
  finding.next_step = {fmt::format("desk.{}.next_step", kind), arguments};
  return finding;
}

std::string shown_trouble(const std::string& trouble) {
  constexpr std::size_t kMost = 300;
  auto out = repair_utf8(trouble);
  out.resize(valid_utf8_prefix(std::string_view(out).substr(0, kMost)));
  return out;
}

std::string said(const std::string& result) { return result.empty() ? "–" : result; }

Arguments of_mail(const IntakeMailbox& mailbox, const TakenMail& mail) {
  return {{"mailbox", mailbox.id},
          {"authority", mailbox.authority},
          {"sender", mail.sender.empty() ? "–" : mail.sender},
          {"spf", said(mail.authentication.spf)},
          {"dkim", said(mail.authentication.dkim)},
          {"dmarc", said(mail.authentication.dmarc)}};
}

Asset asset_of(const IntakeMailbox& mailbox) { return {"mailbox", mailbox.id, mailbox.id}; }

}  // namespace

Finding directive_received(const Clock& clock, const IntakeMailbox& mailbox, const TakenMail& mail,
                           const Directive& made) {
  return intake_finding(clock, kDirectiveReceived, Severity::kHigh, {"directive", made.id, made.reference},
                        of_mail(mailbox, mail));
}

Finding advisory_received(const Clock& clock, const IntakeMailbox& mailbox, const TakenMail& mail,
                          const std::vector<Advisory>& made) {
  auto arguments = of_mail(mailbox, mail);
  std::int64_t indicators = 0;
  for (const auto& one : made) indicators += one.indicators;
  arguments["indicators"] = std::to_string(indicators);
  return intake_finding(clock, kAdvisoryReceived, Severity::kMedium,
                        {"advisory", made[0].id, made[0].reference}, arguments);
}

Finding mail_set_aside(const Clock& clock, const IntakeMailbox& mailbox, const TakenMail& mail) {
  auto finding =
      intake_finding(clock, kMailSetAside, Severity::kMedium, asset_of(mailbox), of_mail(mailbox, mail));
  finding.reason.key = fmt::format("desk.{}.{}", kMailSetAside, mail.reason);
  return finding;
}

Finding mailbox_failing(const Clock& clock, const IntakeMailbox& mailbox, const std::string& trouble) {
  return intake_finding(
      clock, kMailboxFailing, Severity::kHigh, asset_of(mailbox),
      {{"mailbox", mailbox.id}, {"authority", mailbox.authority}, {"trouble", shown_trouble(trouble)}});
}

Finding mailbox_works(const Clock& clock, const IntakeMailbox& mailbox) {
  const Arguments arguments{{"mailbox", mailbox.id}};
  auto finding = intake_finding(clock, kMailboxFailing, Severity::kHigh, asset_of(mailbox), arguments);
  finding.state = FindingState::kResolved;
  finding.reason = {"desk.mailbox_failing.over", arguments};
  finding.title = {"desk.mailbox_failing.over_title", arguments};
  finding.next_step = {"desk.directive_due.over_next_step", {}};
  return finding;
}

}  // namespace vedette::desk
