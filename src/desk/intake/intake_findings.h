// What the intake of mail tells the desk. Nothing of a message but its sender's address and what the own mail
// server says of it: a subject is a stranger's text and may tell what only the console should. Any thread.
#pragma once

#include "desk/advisories/advisory.h"
#include "desk/directives/directive.h"
#include "desk/intake/intake_mailbox.h"
#include "desk/intake/taken_mail.h"

namespace vedette::desk {

Finding directive_received(const Clock& clock, const IntakeMailbox& mailbox, const TakenMail& mail,
                           const Directive& made);
Finding advisory_received(const Clock& clock, const IntakeMailbox& mailbox, const TakenMail& mail,
                          const std::vector<Advisory>& made);
Finding mail_set_aside(const Clock& clock, const IntakeMailbox& mailbox, const TakenMail& mail);
Finding mailbox_failing(const Clock& clock, const IntakeMailbox& mailbox, const std::string& trouble);
Finding mailbox_works(const Clock& clock, const IntakeMailbox& mailbox);

}  // namespace vedette::desk
