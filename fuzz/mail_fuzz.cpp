// A message as it came: whatever the bytes are, it is refused with a reason, or gives texts that can be shown
// and files within the limits; what a header says of its origin is one of the known words.
#include <cstdint>
#include <string_view>

#include "base/assert.h"
#include "base/text/control.h"
#include "base/text/utf8.h"
#include "mail/authentication.h"
#include "mail/received_mail.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace vedette;
  using namespace vedette::mail;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const auto mail = read_mail(bytes);
  if (!mail) {
    VEDETTE_ASSERT(!mail.error().message().empty());
    return 0;
  }
  VEDETTE_ASSERT(mail->files.size() <= MailLimits::kFiles && mail->text.size() <= MailLimits::kTextBytes);
  VEDETTE_ASSERT(is_valid_utf8(mail->text));
  for (const auto* text : {&mail->message_id, &mail->sender, &mail->sender_name, &mail->subject})
    VEDETTE_ASSERT(is_valid_utf8(*text) && !has_control(*text) && text->size() <= MailLimits::kNameBytes);
  for (const auto& file : mail->files)
    VEDETTE_ASSERT(!file.name.empty() && is_valid_utf8(file.name) && !has_control(file.name) &&
                   file.name.find('/') == std::string::npos && file.name.size() <= MailLimits::kNameBytes);
  auto results = mail->authentication_results;
  results.insert(results.begin(), std::string(bytes.substr(0, 2'000)));
  const auto said = authentication_of(results, "mx");
  VEDETTE_ASSERT(said.dkim.size() <= 9 && said.spf.size() <= 9 && said.dmarc.size() <= 9);
  return 0;
}
