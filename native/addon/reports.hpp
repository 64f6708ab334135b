// The core's reports as plain JavaScript objects (shapes: src/native.ts).
#pragma once

#include <napi.h>

#include "core/diagnosis.hpp"
#include "core/recovery.hpp"
#include "core/validation.hpp"

namespace datablock::addon {

const char* phase_name(SlotWord word);
Napi::Object snapshot_object(Napi::Env env, const Snapshot& snapshot);
Napi::Array slot_array(Napi::Env env, const std::vector<SlotReport>& slots);
Napi::Array zone_array(Napi::Env env, const std::vector<ZoneReport>& zones);
Napi::Object metrics_object(Napi::Env env, const MetricsReport& metrics);
Napi::Object validation_object(Napi::Env env, const ValidationReport& report);
Napi::Array history_array(Napi::Env env, const std::vector<RecorderFacts>& entries);
Napi::Array plan_array(Napi::Env env, const std::vector<PlannedAction>& plan);
PlannedAction to_planned_action(const Napi::Object& action);

}  // namespace datablock::addon
