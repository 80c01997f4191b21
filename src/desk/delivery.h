// Delivery: one notice through one channel, once. One row per kind of channel in delivery.cpp.
// Blocking; called by a sender's thread, outside any transaction.
#pragma once

#include "desk/notice.h"
#include "desk/transport.h"

namespace vedette::desk {

struct Parcel {
  const DeskContext& desk;
  const Channel& channel;
  const ChannelSettings& settings;
  const Notice& notice;
  std::string key;     // idempotency key: the same at every try
  std::string target;  // mail address or telephone number
  const Claim* claim;  // nothing for a test message
};
// The channel took it and answered this. Accepted is not acknowledged.
struct Accepted {
  std::string receipt;
  std::optional<CaughtMail> caught;  // the local mailbox: stored by the caller, with the outcome
};
using Delivered = std::expected<Accepted, Failure>;

Delivered deliver(const Parcel& parcel, Transport& transport);

// The kinds.
Delivered deliver_mail(const Parcel& parcel, Transport& transport);
Delivered deliver_webhook(const Parcel& parcel, Transport& transport);
Delivered deliver_chat(const Parcel& parcel, Transport& transport);
Delivered deliver_sms(const Parcel& parcel, Transport& transport);
Delivered deliver_mailbox(const Parcel& parcel, Transport& transport);

// An HTTP answer as an outcome: 2xx is accepted; 408, 425, 429 and 5xx are tried again (Retry-After is
// heeded, at most an hour); everything else will not get better by itself.
Delivered outcome_of(const Result<net::HttpClientResponse>& response);

}  // namespace vedette::desk
