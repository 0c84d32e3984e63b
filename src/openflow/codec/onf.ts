// Numbers of the Open Networking Foundation's extensions to OpenFlow 1.3 (OVS include/openvswitch/ofp-msgs.h).

/** ONF_EXPERIMENTER_ID. */
export const onfVendor = 0x4f4e4600;
