#include "desk/delivery.h"

#include <charconv>

namespace vedette::desk {
namespace {

constexpr std::chrono::seconds kRetryAfterMax{3600};
constexpr std::size_t kAnswerMax = 200;

std::optional<std::chrono::seconds> retry_after(const net::HttpClientResponse& response) {
  for (const auto& [name, value] : response.headers) {
    if (name.size() != 11 || !std::ranges::equal(name, std::string_view("retry-after"), [](char a, char b) {
          return std::tolower(static_cast<unsigned char>(a)) == b;
        })) {
      continue;
    }
    int seconds = 0;
    auto [end, problem] = std::from_chars(value.data(), value.data() + value.size(), seconds);
    if (problem == std::errc() && seconds >= 0)
      return std::min(std::chrono::seconds(seconds), kRetryAfterMax);
  }
  return std::nullopt;
}

std::string printable(std::string_view answer) {
  std::string out(answer.substr(0, kAnswerMax));
  for (char& c : out) {
    if (static_cast<unsigned char>(c) < 0x20 || static_cast<unsigned char>(c) > 0x7e) c = '.';
  }
  return out;
}

}  // namespace

Delivered outcome_of(const Result<net::HttpClientResponse>& response) {
  if (!response) {
    auto code = response.error().code();
    bool for_good =
        code == ErrorCode::kInvalid || code == ErrorCode::kForbidden || code == ErrorCode::kUnauthorized;
    return std::unexpected(Failure{response.error().full(), for_good, {}, false});
  }
  int status = response->status;
  std::string said = fmt::format("HTTP {} {}", status, printable(response->body));
  if (status >= 200 && status < 300) return Accepted{said, {}};
  bool again = status == 408 || status == 425 || status == 429 || status >= 500;
  return std::unexpected(Failure{said, !again, retry_after(*response), false});
}

Delivered deliver(const Parcel& parcel, Transport& transport) {
  switch (parcel.channel.kind) {
    case ChannelKind::kSmtp:
      return deliver_mail(parcel, transport);
    case ChannelKind::kWebhook:
      return deliver_webhook(parcel, transport);
    case ChannelKind::kSlack:
    case ChannelKind::kMattermost:
    case ChannelKind::kTeams:
      return deliver_chat(parcel, transport);
    case ChannelKind::kSms:
      return deliver_sms(parcel, transport);
    case ChannelKind::kMailbox:
      return deliver_mailbox(parcel, transport);
  }
  return std::unexpected(Failure{"no such kind of channel", true, {}, false});
}

}  // namespace vedette::desk
