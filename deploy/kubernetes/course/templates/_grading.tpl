{{/* What is the same for the scheduler and the workers of the cluster that grades. */}}

{{- define "course.grading.options" -}}
- --no-dashboard
- --dashboard-address=127.0.0.1:0
- --tls-ca-file=/etc/grading/certificates/ca.pem
- --tls-cert=/etc/grading/certificates/{{ . }}.pem
- --tls-key=/etc/grading/certificates/{{ . }}.key
{{- end }}

{{- define "course.grading.env" -}}
- {name: DASK_CONFIG, value: /etc/grading/settings}
- {name: OMP_NUM_THREADS, value: "1"}
{{- end }}

{{- define "course.grading.mounts" -}}
- {name: settings, mountPath: /etc/grading/settings, readOnly: true}
- {name: certificates, mountPath: /etc/grading/certificates, readOnly: true}
- {name: scratch, mountPath: /tmp}
- {name: home, mountPath: /home/jovyan}
{{- end }}

{{/* A process gets its own key alone, and nothing of the course's volume. */}}
{{- define "course.grading.volumes" -}}
- name: settings
  configMap:
    name: {{ .root.Release.Name }}-grading
- name: certificates
  secret:
    secretName: {{ .root.Values.grading.secretName }}
    defaultMode: 0440
    items:
      - {key: ca.pem, path: ca.pem}
      - {key: {{ .role }}.pem, path: {{ .role }}.pem}
      - {key: {{ .role }}.key, path: {{ .role }}.key}
- name: scratch
  emptyDir: {sizeLimit: 4Gi}
- name: home
  emptyDir: {sizeLimit: 1Gi}
{{- end }}

{{- define "course.grading.peers" -}}
{{- $labels := include "course.labels" .root -}}
{{- range .roles -}}
- podSelector:
    matchLabels: {{ $labels | nindent 6 }}
      app.kubernetes.io/component: grading-{{ . }}
{{ end }}
{{- end }}
