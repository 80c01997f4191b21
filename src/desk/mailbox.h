// The built-in mailbox: mails that stay here, for the tour and for an installation that has no mail server
// yet. Holds the newest kMailboxMax; older ones fall out.
#pragma once

#include "desk/desk.h"

namespace vedette::desk {

inline constexpr std::int64_t kMailboxMax = 500;

Result<void> catch_mail(store::Session& session, const CaughtMail& mail);  // the same id twice is one mail
Result<std::vector<CaughtMail>> caught_mails(store::Session& session, std::size_t limit);

}  // namespace vedette::desk
