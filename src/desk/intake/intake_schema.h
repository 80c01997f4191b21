// The tables of mail that is taken in: a step of the desk's migrations (schema.cpp).
#pragma once

#include <string_view>

namespace vedette::desk {

// How far each mailbox was read, and what became of each message.
inline constexpr std::string_view kIntake = R"sql(
CREATE TABLE intake_places(
  mailbox TEXT PRIMARY KEY, uid_validity BIGINT NOT NULL, next_uid BIGINT NOT NULL, failing INTEGER NOT NULL);
CREATE TABLE intake_mails(
  id TEXT PRIMARY KEY, mailbox TEXT NOT NULL, uid_validity BIGINT NOT NULL, uid BIGINT NOT NULL, sha256 TEXT NOT NULL,
  message_id TEXT NOT NULL, sender TEXT NOT NULL, sender_name TEXT NOT NULL, subject TEXT NOT NULL, spf TEXT NOT NULL,
  dkim TEXT NOT NULL, dmarc TEXT NOT NULL, received_at BIGINT NOT NULL, made_at BIGINT NOT NULL, outcome TEXT NOT NULL,
  reason TEXT NOT NULL, object_id TEXT NOT NULL, UNIQUE(mailbox, uid_validity, uid));
CREATE INDEX intake_mails_newest ON intake_mails(made_at DESC, id DESC);
CREATE INDEX intake_mails_same ON intake_mails(mailbox, sha256);
CREATE INDEX intake_mails_of ON intake_mails(object_id) WHERE object_id <> '';
)sql";

}  // namespace vedette::desk
