/*
 * The interface as C sees it: it compiles as strict C11, and no struct has changed since the first version,
 * where programs that were compiled then would find it changed. What is added comes after: the sizes here may
 * grow, an offset never moves.
 */
#include <datablock/datablock.h>

#define STRUCT(name, bytes) _Static_assert(sizeof(name) == (bytes), "sizeof(" #name ")")
#define FIELD(name, field, offset) _Static_assert(offsetof(name, field) == (offset), #name "." #field)

STRUCT(datablock_zone_config, 24);
FIELD(datablock_zone_config, struct_size, 0);
FIELD(datablock_zone_config, reserved, 4);
FIELD(datablock_zone_config, name, 8);
FIELD(datablock_zone_config, bytes, 16);

STRUCT(datablock_config, 104);
FIELD(datablock_config, struct_size, 0);
FIELD(datablock_config, file_mode, 4);
FIELD(datablock_config, slot_count, 8);
FIELD(datablock_config, slot_size, 16);
FIELD(datablock_config, producer_mode, 24);
FIELD(datablock_config, max_participants, 28);
FIELD(datablock_config, max_sync, 32);
FIELD(datablock_config, checksum_algorithm, 36);
FIELD(datablock_config, checksum_policy, 40);
FIELD(datablock_config, overflow_policy, 44);
FIELD(datablock_config, fences, 48);
FIELD(datablock_config, self_heal, 52);
FIELD(datablock_config, heal_after_ms, 56);
FIELD(datablock_config, timestamps, 60);
FIELD(datablock_config, set_group, 64);
FIELD(datablock_config, group, 68);
FIELD(datablock_config, zones, 72);
FIELD(datablock_config, zone_count, 80);
FIELD(datablock_config, schema, 88);
FIELD(datablock_config, secret, 96);

STRUCT(datablock_segment_info, 152);
FIELD(datablock_segment_info, struct_size, 0);
FIELD(datablock_segment_info, layout_version, 4);
FIELD(datablock_segment_info, instance, 8);
FIELD(datablock_segment_info, total_size, 24);
FIELD(datablock_segment_info, slot_count, 32);
FIELD(datablock_segment_info, slot_size, 40);
FIELD(datablock_segment_info, stride, 48);
FIELD(datablock_segment_info, producer_mode, 56);
FIELD(datablock_segment_info, max_participants, 60);
FIELD(datablock_segment_info, max_sync, 64);
FIELD(datablock_segment_info, checksum_algorithm, 68);
FIELD(datablock_segment_info, checksum_policy, 72);
FIELD(datablock_segment_info, overflow_policy, 76);
FIELD(datablock_segment_info, fences, 80);
FIELD(datablock_segment_info, self_heal, 84);
FIELD(datablock_segment_info, heal_after_ms, 88);
FIELD(datablock_segment_info, timestamps, 92);
FIELD(datablock_segment_info, zone_count, 96);
FIELD(datablock_segment_info, creator_pid, 100);
FIELD(datablock_segment_info, created_ns, 104);
FIELD(datablock_segment_info, creator_version, 112);
FIELD(datablock_segment_info, has_secret, 144);
FIELD(datablock_segment_info, reserved, 148);

STRUCT(datablock_timeouts, 56);
FIELD(datablock_timeouts, struct_size, 0);
FIELD(datablock_timeouts, reserved, 4);
FIELD(datablock_timeouts, write_ms, 8);
FIELD(datablock_timeouts, read_ms, 16);
FIELD(datablock_timeouts, standby_ms, 24);
FIELD(datablock_timeouts, lock_ms, 32);
FIELD(datablock_timeouts, kill_ms, 40);
FIELD(datablock_timeouts, stuck_after_ms, 48);

STRUCT(datablock_zone_user_options, 48);
FIELD(datablock_zone_user_options, struct_size, 0);
FIELD(datablock_zone_user_options, wait, 4);
FIELD(datablock_zone_user_options, dir, 8);
FIELD(datablock_zone_user_options, label, 16);
FIELD(datablock_zone_user_options, note, 24);
FIELD(datablock_zone_user_options, populate, 32);
FIELD(datablock_zone_user_options, watch_name, 36);
FIELD(datablock_zone_user_options, secret, 40);

STRUCT(datablock_zone, 72);
FIELD(datablock_zone, struct_size, 0);
FIELD(datablock_zone, index, 4);
FIELD(datablock_zone, data, 8);
FIELD(datablock_zone, size, 16);
FIELD(datablock_zone, name, 24);

STRUCT(datablock_spinlock_diagnosis, 40);
FIELD(datablock_spinlock_diagnosis, struct_size, 0);
FIELD(datablock_spinlock_diagnosis, index, 4);
FIELD(datablock_spinlock_diagnosis, verdict, 8);
FIELD(datablock_spinlock_diagnosis, owner, 12);
FIELD(datablock_spinlock_diagnosis, thread, 16);
FIELD(datablock_spinlock_diagnosis, depth, 20);
FIELD(datablock_spinlock_diagnosis, is_awaited, 24);
FIELD(datablock_spinlock_diagnosis, reserved, 28);
FIELD(datablock_spinlock_diagnosis, held_for_ns, 32);

STRUCT(datablock_slot, 40);
FIELD(datablock_slot, struct_size, 0);
FIELD(datablock_slot, reserved, 4);
FIELD(datablock_slot, seq, 8);
FIELD(datablock_slot, slot, 16);
FIELD(datablock_slot, data, 24);
FIELD(datablock_slot, capacity, 32);

STRUCT(datablock_message, 64);
FIELD(datablock_message, struct_size, 0);
FIELD(datablock_message, flags, 4);
FIELD(datablock_message, seq, 8);
FIELD(datablock_message, slot, 16);
FIELD(datablock_message, generation, 24);
FIELD(datablock_message, data, 32);
FIELD(datablock_message, length, 40);
FIELD(datablock_message, lost, 48);
FIELD(datablock_message, writer, 56);
FIELD(datablock_message, reserved, 60);

STRUCT(datablock_producer_options, 72);
FIELD(datablock_producer_options, struct_size, 0);
FIELD(datablock_producer_options, wait, 4);
FIELD(datablock_producer_options, dir, 8);
FIELD(datablock_producer_options, label, 16);
FIELD(datablock_producer_options, note, 24);
FIELD(datablock_producer_options, populate, 32);
FIELD(datablock_producer_options, watch_name, 36);
FIELD(datablock_producer_options, standby_ms, 40);
FIELD(datablock_producer_options, schema, 48);
FIELD(datablock_producer_options, secret, 56);
FIELD(datablock_producer_options, seal_all, 64);
FIELD(datablock_producer_options, reserved, 68);

STRUCT(datablock_stats, 56);
FIELD(datablock_stats, struct_size, 0);
FIELD(datablock_stats, participant, 4);
FIELD(datablock_stats, messages, 8);
FIELD(datablock_stats, bytes, 16);
FIELD(datablock_stats, lost, 24);
FIELD(datablock_stats, timeouts, 32);
FIELD(datablock_stats, healed, 40);
FIELD(datablock_stats, corrupt, 48);

STRUCT(datablock_consumer_options, 72);
FIELD(datablock_consumer_options, struct_size, 0);
FIELD(datablock_consumer_options, wait, 4);
FIELD(datablock_consumer_options, dir, 8);
FIELD(datablock_consumer_options, label, 16);
FIELD(datablock_consumer_options, note, 24);
FIELD(datablock_consumer_options, populate, 32);
FIELD(datablock_consumer_options, watch_name, 36);
FIELD(datablock_consumer_options, mode, 40);
FIELD(datablock_consumer_options, from, 44);
FIELD(datablock_consumer_options, schema, 48);
FIELD(datablock_consumer_options, schema_match, 56);
FIELD(datablock_consumer_options, on_corrupt, 60);
FIELD(datablock_consumer_options, secret, 64);

STRUCT(datablock_slot_state, 72);
FIELD(datablock_slot_state, struct_size, 0);
FIELD(datablock_slot_state, phase, 4);
FIELD(datablock_slot_state, word, 8);
FIELD(datablock_slot_state, generation, 16);
FIELD(datablock_slot_state, seq, 24);
FIELD(datablock_slot_state, owner, 32);
FIELD(datablock_slot_state, writer, 36);
FIELD(datablock_slot_state, length, 40);
FIELD(datablock_slot_state, flags, 48);
FIELD(datablock_slot_state, reserved, 52);
FIELD(datablock_slot_state, acquired_ns, 56);
FIELD(datablock_slot_state, committed_ns, 64);

STRUCT(datablock_slot_diagnosis, 88);
FIELD(datablock_slot_diagnosis, struct_size, 0);
FIELD(datablock_slot_diagnosis, verdict, 4);
FIELD(datablock_slot_diagnosis, slot, 8);
FIELD(datablock_slot_diagnosis, word, 16);
FIELD(datablock_slot_diagnosis, generation, 24);
FIELD(datablock_slot_diagnosis, seq, 32);
FIELD(datablock_slot_diagnosis, phase, 40);
FIELD(datablock_slot_diagnosis, owner, 44);
FIELD(datablock_slot_diagnosis, owner_pid, 48);
FIELD(datablock_slot_diagnosis, owner_verdict, 52);
FIELD(datablock_slot_diagnosis, held_for_ns, 56);
FIELD(datablock_slot_diagnosis, held_by, 64);
FIELD(datablock_slot_diagnosis, length, 72);
FIELD(datablock_slot_diagnosis, flags, 80);
FIELD(datablock_slot_diagnosis, is_safe_to_reset, 84);

STRUCT(datablock_participant, 288);
FIELD(datablock_participant, struct_size, 0);
FIELD(datablock_participant, id, 4);
FIELD(datablock_participant, role, 8);
FIELD(datablock_participant, mode, 12);
FIELD(datablock_participant, state, 16);
FIELD(datablock_participant, standby, 20);
FIELD(datablock_participant, verdict, 24);
FIELD(datablock_participant, doubt, 28);
FIELD(datablock_participant, pid, 32);
FIELD(datablock_participant, uid, 36);
FIELD(datablock_participant, start_time, 40);
FIELD(datablock_participant, pid_namespace, 48);
FIELD(datablock_participant, lock_held, 56);
FIELD(datablock_participant, same_boot, 60);
FIELD(datablock_participant, same_pid_namespace, 64);
FIELD(datablock_participant, same_start_time, 68);
FIELD(datablock_participant, heartbeat_age_ns, 72);
FIELD(datablock_participant, joined_ns, 80);
FIELD(datablock_participant, generation, 88);
FIELD(datablock_participant, hold, 96);
FIELD(datablock_participant, pin, 104);
FIELD(datablock_participant, lag, 112);
FIELD(datablock_participant, messages, 120);
FIELD(datablock_participant, bytes, 128);
FIELD(datablock_participant, lost, 136);
FIELD(datablock_participant, errors, 144);
FIELD(datablock_participant, cleaner_pid, 152);
FIELD(datablock_participant, cleaner_verdict, 156);
FIELD(datablock_participant, label, 160);
FIELD(datablock_participant, note, 192);
FIELD(datablock_participant, cleaner_start_time, 256);
FIELD(datablock_participant, cleaner_pid_namespace, 264);
FIELD(datablock_participant, version, 272);

STRUCT(datablock_snapshot, 160);
FIELD(datablock_snapshot, struct_size, 0);
FIELD(datablock_snapshot, participants, 4);
FIELD(datablock_snapshot, at_ns, 8);
FIELD(datablock_snapshot, claim, 16);
FIELD(datablock_snapshot, by_phase, 24);
FIELD(datablock_snapshot, by_verdict, 88);

STRUCT(datablock_violation, 40);
FIELD(datablock_violation, struct_size, 0);
FIELD(datablock_violation, participant, 4);
FIELD(datablock_violation, slot, 8);
FIELD(datablock_violation, repairable, 16);
FIELD(datablock_violation, reserved, 20);
FIELD(datablock_violation, rule, 24);
FIELD(datablock_violation, detail, 32);

STRUCT(datablock_validation, 56);
FIELD(datablock_validation, struct_size, 0);
FIELD(datablock_validation, reserved, 4);
FIELD(datablock_validation, slots_checked, 8);
FIELD(datablock_validation, checksums_verified, 16);
FIELD(datablock_validation, moving, 24);
FIELD(datablock_validation, violations, 32);
FIELD(datablock_validation, repairable, 40);
FIELD(datablock_validation, checksums_unverifiable, 48);

STRUCT(datablock_metrics, 256);
FIELD(datablock_metrics, struct_size, 0);
FIELD(datablock_metrics, reserved, 4);
FIELD(datablock_metrics, writer_timeout_count, 8);
FIELD(datablock_metrics, writer_blocked_total_ns, 16);
FIELD(datablock_metrics, reader_race_detected, 24);
FIELD(datablock_metrics, reader_peak_count, 32);
FIELD(datablock_metrics, last_error_timestamp_ns, 40);
FIELD(datablock_metrics, last_error_code, 48);
FIELD(datablock_metrics, error_sequence, 56);
FIELD(datablock_metrics, slot_acquire_errors, 64);
FIELD(datablock_metrics, checksum_failures, 72);
FIELD(datablock_metrics, zmq_send_failures, 80);
FIELD(datablock_metrics, heartbeat_sent_count, 88);
FIELD(datablock_metrics, heartbeat_failed_count, 96);
FIELD(datablock_metrics, total_slots_written, 104);
FIELD(datablock_metrics, total_slots_read, 112);
FIELD(datablock_metrics, total_bytes_written, 120);
FIELD(datablock_metrics, total_bytes_read, 128);
FIELD(datablock_metrics, messages_lost, 136);
FIELD(datablock_metrics, tombstones, 144);
FIELD(datablock_metrics, uptime_seconds, 152);
FIELD(datablock_metrics, recovery_actions, 160);
FIELD(datablock_metrics, unused, 168);

STRUCT(datablock_history_entry, 72);
FIELD(datablock_history_entry, struct_size, 0);
FIELD(datablock_history_entry, action, 4);
FIELD(datablock_history_entry, ticket, 8);
FIELD(datablock_history_entry, at_ns, 16);
FIELD(datablock_history_entry, pid, 24);
FIELD(datablock_history_entry, uid, 28);
FIELD(datablock_history_entry, evidence, 32);
FIELD(datablock_history_entry, participant, 36);
FIELD(datablock_history_entry, slot, 40);
FIELD(datablock_history_entry, seq, 48);
FIELD(datablock_history_entry, before, 56);
FIELD(datablock_history_entry, after, 64);

STRUCT(datablock_recovery_action, 64);
FIELD(datablock_recovery_action, struct_size, 0);
FIELD(datablock_recovery_action, kind, 4);
FIELD(datablock_recovery_action, participant, 8);
FIELD(datablock_recovery_action, loses, 12);
FIELD(datablock_recovery_action, generation, 16);
FIELD(datablock_recovery_action, slot, 24);
FIELD(datablock_recovery_action, seq, 32);
FIELD(datablock_recovery_action, before, 40);
FIELD(datablock_recovery_action, after, 48);
FIELD(datablock_recovery_action, result, 56);
FIELD(datablock_recovery_action, reserved, 60);

/* Every struct can be made and zeroed the one way that the interface has. */
int main(void) {
  datablock_config config = DATABLOCK_INIT(datablock_config);
  return config.struct_size == sizeof config && config.slot_count == 0 &&
                 datablock_abi_version() == DATABLOCK_ABI_VERSION
             ? 0
             : 1;
}
