// Notice: what a notification says. Written once per sending, from the alert and its gravest finding, in one
// language; each channel puts it into its own form.
#pragma once

#include "desk/outbox.h"

namespace vedette::desk {

struct Notice {
  std::string subject;  // "[Nghiêm trọng] Trang chủ đã bị thay — Cổng thông tin"
  std::vector<std::pair<std::string, std::string>>
      lines;                                       // label, text: what, where, before, after, why, what to do
  std::string acknowledge_label, acknowledge_url;  // empty url: a test message
  std::string open_label, open_url;
  std::string closing;  // who sends this and why

  std::string text() const;  // plain, for mails
};

Notice make_notice(const DeskContext& desk, const Claim& claim);
// What the test button of a channel sends.
Notice make_test_notice(const DeskContext& desk, const Channel& channel);

}  // namespace vedette::desk
