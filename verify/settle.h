static void settle(void);
