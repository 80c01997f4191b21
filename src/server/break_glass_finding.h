// What the desk is told when the sealed way in is used. Pure but for the finding's id.
#pragma once

#include "base/clock.h"
#include "model/finding.h"
#include "server/accounts/accounts.h"

namespace vedette::server {

Finding break_glass_finding(const User& user, const Peer& peer, const Clock& clock);

}  // namespace vedette::server
