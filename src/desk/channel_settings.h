// The settings of a channel: read from JSON, checked, and with the secrets taken out for storing and showing.
#pragma once

#include "base/secret.h"
#include "desk/keys.h"
#include "net/smtp.h"

#include "desk/desk.h"

namespace vedette::desk {

struct SmsGateway {
  std::string body;    // template; empty: the address alone, by GET
  bool json = true;    // the body is JSON, else a form
  std::string header;  // of the request, e.g. "Authorization"
  Secret header_value;
  std::string accepted;        // what the answer holds when the message was taken; empty: any 2xx
  bool plain_letters = false;  // ASCII only
};

struct ChannelSettings {
  net::SmtpServer smtp;
  std::string from;
  std::vector<std::string> to;  // smtp, sms: each gets a message and a link of its own; mailbox: one
  Secret url;                   // webhook, chats, sms; a chat's or a gateway's url is a password
  SmsGateway sms;
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
