// What the configuration means for each part. Pure, but for regime_set(), playbook_set(), intake_mailboxes(),
// settled_port() and add_first_channel().
#pragma once

#include <filesystem>
#include <string>

#include "desk/desk.h"
#include "desk/intake/intake_mailbox.h"
#include "desk/playbooks/playbook_set.h"
#include "desk/reports/form_set.h"
#include "net/http_server.h"
#include "server/accounts/accounts.h"
#include "server/config/config.h"
#include "sites/watch/site_watch.h"

namespace vedette::server {

desk::DeskOptions desk_options(const Config& config, const std::string& public_url);
sites::SiteWatchOptions site_options(const Config& config, const std::filesystem::path& snapshots);
net::HttpServerOptions http_options(const Config& config, std::uint16_t port);

std::string host_and_port(const std::string& address, std::uint16_t port);
std::string public_url(const Config& config, std::uint16_t port);
// desk.playbooks over the built-in ones. Reads the folder.
Result<std::shared_ptr<const desk::PlaybookSet>> playbook_set(const Config& config);
// Those of desk.mailboxes. Reads the folder and the passwords.
Result<std::vector<desk::IntakeMailbox>> intake_mailboxes(const Config& config);
// desk.regimes over the built-in ones. Reads the folder.
Result<std::shared_ptr<const desk::RegimeSet>> regime_set(const Config& config);
// The same for its forms.
Result<std::shared_ptr<const desk::FormSet>> form_set(const Config& config, const desk::RegimeSet& regimes);
// The configured port, or a free one for 0: links in mails need it before the server listens.
Result<std::uint16_t> settled_port(const Config& config);

// On a fresh instance: a local mailbox on the first step of the ladder, so that it tells somebody from the
// start.
Result<void> add_first_channel(desk::Desk& desk, Accounts& accounts, Language language);

}  // namespace vedette::server
