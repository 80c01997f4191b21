// Mail. The Message-ID is made from the notification's id, so that a mail that is sent again after a crash is
// the same mail.
#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>

#include "desk/delivery.h"

namespace vedette::desk {
namespace {

std::string message_id(const Parcel& parcel) {
  auto url = boost::urls::parse_uri(parcel.desk.options.public_url);
  std::string host = url && !url->host_name().empty() ? std::string(url->host_name()) : "vedette.invalid";
  return parcel.key + "@" + host;
}

}  // namespace

Delivered deliver_mail(const Parcel& parcel, Transport& transport) {
  net::Mail mail;
  mail.from = parcel.settings.from;
  mail.to = {parcel.target};
  mail.subject = parcel.notice.subject;
  mail.text = parcel.notice.text();
  mail.message_id = message_id(parcel);
  // RFC 3834: out-of-office programs leave such mails alone.
  mail.headers = {{"Auto-Submitted", "auto-generated"}};
  if (parcel.claim) {
    const Alert& alert = parcel.claim->alert.alert;
    mail.headers.emplace_back("X-Vedette-Alert", alert.id);
    mail.headers.emplace_back("X-Vedette-Severity", std::string(to_string(alert.severity)));
    if (alert.severity >= Severity::kHigh) mail.headers.emplace_back("Importance", "high");
  }
  auto accepted = transport.send_mail(parcel.settings.smtp, mail);
  if (accepted) return Accepted{accepted->reply, {}};
  auto code = accepted.error().code();
  bool recipient_only = code == ErrorCode::kNotFound || code == ErrorCode::kLimit;
  bool for_good = code == ErrorCode::kNotFound || code == ErrorCode::kInvalid ||
                  code == ErrorCode::kUnauthorized || code == ErrorCode::kForbidden;
  return std::unexpected(Failure{accepted.error().full(), for_good, {}, recipient_only});
}

}  // namespace vedette::desk
