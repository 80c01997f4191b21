// The settings of a channel: read from JSON, checked, and with the secrets taken out for storing and showing.
#pragma once

#include "base/secret.h"
#include "desk/keys.h"
#include "net/smtp.h"

#include "desk/desk.h"

namespace vedette::desk {

struct ChannelSettings {
  net::SmtpServer smtp;
  std::string from;
  std::vector<std::string> to;  // smtp: each gets a mail and a link of its own; mailbox: one
  Secret url;                   // webhook and chats; a chat's url is a password
  Secret webhook_secret;
  std::string ca_file;
  int rate_per_minute = 60;
};

struct SplitSettings {
  std::string shown_json;  // secrets are "********"
  Secret secrets_json;
};

// kInvalid names the field.
Result<ChannelSettings> parse_settings(ChannelKind kind, const std::string& settings_json);
// Splits `settings_json`; a secret that is "********" is taken from `stored_secrets_json` (empty: none
// stored).
Result<SplitSettings> split_settings(ChannelKind kind, const std::string& settings_json,
                                     const Secret& stored_secrets_json);
// The whole again, for parse_settings().
Result<Secret> join_settings(const std::string& shown_json, const Secret& secrets_json);

}  // namespace vedette::desk
