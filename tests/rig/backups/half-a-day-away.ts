/**
 * A time of the day by UTC, as `14:00`, that is half a day away from now: a schedule that has it comes due neither shortly
 * before a test begins nor while it runs, at whatever hour that is.
 */
export const halfADayAway = `${String((new Date().getUTCHours() + 12) % 24).padStart(2, '0')}:00`;
