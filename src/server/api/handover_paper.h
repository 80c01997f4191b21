// A handover as a document that is printed.
#pragma once

#include "desk/handover/handover.h"
#include "paper/document.h"

namespace vedette::server {

Result<paper::Document> handover_document(const desk::Handover& handover, Language language);

}  // namespace vedette::server
